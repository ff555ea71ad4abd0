import EnvironmentKit
import Environments
import Randomness
import Testing

/// A family whose stream changes must raise its version: results would not be comparable.
@Suite struct StreamsTests {
  @Test(arguments: [
    (
      "arith-two-digit", 1,
      ["96-10=", "32-22=", "59-40="]
    ),
    (
      "chain", 1,
      ["10+86+32+22=", "99+59+40+74=", "94+36+11+91="]
    ),
    (
      "vowels", 1,
      ["vow mekuf*6:", "vow jiduv*6:", "vow kbaoz*6:"]
    ),
    (
      "copy", 1,
      ["copy tcuyawgdzoismkmryhax=", "copy zkxanfzyhbbbcoxpiotu=", "copy avucvmevuavktcepkjwo="]
    ),
    (
      "reverse", 1,
      ["rev tcuyawgdzois=", "rev mkmryhaxzkxa=", "rev nfzyhbbbcoxp="]
    ),
    (
      "sort", 1,
      ["sort tcuyawgdzois=", "sort mkmryhaxzkxa=", "sort nfzyhbbbcoxp="]
    ),
    (
      "token", 1,
      ["emit t*16:", "emit y*16:", "emit a*16:"]
    ),
  ]) func theFirstProblemsArePinned(name: String, version: Int, questions: [String]) throws {
    let environment = try Shipped.environment(name)
    var random = RandomStream(seed: 7)
    let asked = try (0..<3).map { _ in
      try environment.problem(
        level: environment.levels.count - 1, split: .train, using: &random
      ).question
    }
    #expect(asked == questions)
    #expect(BuiltinFamilies.all.first { $0.name == environment.task }?.version == version)
  }
}
