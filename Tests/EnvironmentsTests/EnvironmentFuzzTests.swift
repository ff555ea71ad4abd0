import Configuration
import EnvironmentKit
import Environments
import Platform
import Randomness
import TestSupport
import Testing

@Suite struct EnvironmentFuzzTests {
  private static let words = [
    "\"params\": {", "\"levels\": []", "\"levels\": [{\"name\": \"x\"}]", "\"digits\": 6",
    "\"operands\": [0, 9223372036854775807]", "\"operands\": [9, 1]", "\"ops\": [\"*\", \"-\"]",
    "\"terms\": 8", "\"length\": 64", "\"alphabet\": 26", "\"negative\": true", "\"stop\": []",
    "\"stop\": [\"aaaaaaaa\"]", "\"eval\": 0.5", "\"test\": 0",
    "\"max_new_tokens\": 9223372036854775807",
    "\"type\": \"tag\"", "\"type\": \"multiset\"", "\"type\": \"last_number\"",
    "\"type\": \"digits\"",
    "\"max_bytes\": 1", "\"occurrence\": \"last\"", "\"template\": \"{question}\"",
    "\"{question}\"",
    "\"success\": -1e6", "\"report\": [{\"name\": \"r\"}]", "9223372036854775807", "-1", "0",
    "1e308",
    "null", "{", "}", "[", "]", ",", "\"\"",
  ]

  /// A file that is taken asks problems at each level and judges what it says is right, and anything
  /// else; a file that is refused says where.
  @Test func readsAnyFile() throws {
    let samples = try Shipped.names.map { name in
      // Without spaces a mutation meets more of what matters.
      Array(try JSON(contentsOfFile: Shipped.path(name)).text().utf8)
    }
    let outcome = Fuzz("environment", samples: samples, words: Self.words).run { bytes in
      guard let json = try? JSON(parsing: bytes) else { return false }
      do throws(ConfigErrors) {
        Self.use(try Environment(json, catalog: BuiltinFamilies.all))
        return true
      } catch {
        guard !error.errors.isEmpty else { throw Silent() }
        return false
      }
    }
    #expect(outcome.failure == nil, "\(outcome.failure.map(\.description) ?? "")")
    #expect(outcome.accepted > 0 && outcome.refused > 0)
  }

  private struct Silent: Error {}

  private static func use(_ environment: Environment) {
    for level in environment.levels.indices {
      var random = RandomStream(seed: 1)
      guard
        let problem = try? environment.problem(level: level, split: .train, using: &random)
      else { continue }
      _ = environment.episode(for: problem, level: level).opening
      _ = environment.rephrased(problem, level: level, using: &random)
      for text in [environment.demonstration(for: problem), environment.prompt(for: problem)] {
        for isTruncated in [false, true] {
          _ = environment.verdict(
            on: Array(text.utf8), isTruncated: isTruncated, problem: problem)
        }
      }
    }
  }
}
