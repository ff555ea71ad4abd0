import EnvironmentKit
import Environments
import Foundation
import Randomness
import Testing

@Suite struct ShippedFilesTests {
  /// A file that no test reads would rot.
  @Test func everyShippedFileIsInTheList() throws {
    let folder = URL(fileURLWithPath: Shipped.path("arith")).deletingLastPathComponent().path
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(files.sorted() == Shipped.names.map { "\($0).json" }.sorted())
  }

  /// 90 two-digit operands: 90 · 91 / 2 unordered pairs for +, as many ordered ones for -.
  @Test func twoDigitArithmeticHas8190Keys() throws {
    let environment = try Shipped.environment("arith-two-digit")
    let counts = environment.keyCounts(level: 0, atMost: .max)
    #expect(counts.isComplete)
    #expect(counts.counts == [.train: 6371, .eval: 805, .test: 1014])
    let test = environment.distinctProblems(level: 0, split: .test, atMost: 300)
    for operation in ["+", "-"] { #expect(test.filter { $0.key.contains(operation) }.count > 110) }
  }

  @Test(arguments: Shipped.names) func demonstrationsSucceed(name: String) throws {
    let environment = try Shipped.environment(name)
    var random = RandomStream(seed: 1)
    for level in environment.levels.indices {
      let problem = try environment.problem(level: level, split: .eval, using: &random)
      var episode = environment.episode(for: problem, level: level)
      let completion = Array(environment.demonstration(for: problem).utf8)
      guard case .finished(let verdict) = episode.respond(to: completion, isTruncated: false)
      else {
        Issue.record("no verdict")
        return
      }
      #expect(verdict.score == 1 && verdict.isSuccess, "\(problem)")
    }
  }
}
