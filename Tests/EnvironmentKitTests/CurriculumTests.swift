import Configuration
import EnvironmentKit
import Foundation
import Randomness
import Testing

@Suite struct CurriculumTests {
  private func group(_ level: Int, _ key: String, successes: Int, of count: Int = 4)
    -> FinishedGroup
  {
    let verdicts = (0..<count).map {
      Verdict(
        score: $0 < successes ? 1 : 0, isSuccess: $0 < successes, isParsed: true, reason: "")
    }
    return FinishedGroup(
      level: level, key: key, verdicts: verdicts, lengths: Array(repeating: 1, count: count),
      isTruncated: Array(repeating: false, count: count))
  }

  @Test func everyCurriculumIsInTheCatalog() throws {
    let environment = try Successor.environment()
    for name in CurriculumCatalog.entries.map(\.name) {
      var curriculum = try Variant<CurriculumCatalog>(name).curriculum(for: environment)
      var random = RandomStream(seed: 1)
      let choice = try curriculum.next(using: &random)
      #expect(environment.split(of: choice.problem) == .train)
      let events = curriculum.observe(
        [group(choice.level, choice.problem.key, successes: 2)], step: 0)
      #expect(events.isEmpty)
    }
  }

  @Test func aLevelThatDoesNotExistIsRefused() throws {
    var config = UniformCurriculum.Config()
    config.levels = ["larg"]
    let error = #expect(throws: ConfigError.self) {
      try UniformCurriculum(config, environment: Successor.environment())
    }
    #expect(error?.path == "levels" && error?.reason.contains("large") == true)
  }

  @Test func uniformDrawsLevelsAlike() throws {
    var config = UniformCurriculum.Config()
    config.levels = ["small", "huge"]
    let curriculum = try UniformCurriculum(config, environment: Successor.environment())
    var random = RandomStream(seed: 2)
    let levels = try (0..<1000).map { _ in try curriculum.next(using: &random).level }
    #expect(levels.allSatisfy { $0 != 1 })
    #expect((420...580).contains(levels.filter { $0 == 0 }.count))
  }

  /// After success 0 the weight is 1/2 + 1/2 = 1; after success 1 it is 1/2 + 0.1/2 = 0.55, then
  /// 0.275 + 0.05 = 0.325.
  @Test func hardWeightsFollowTheirFormula() throws {
    let environment = try Successor.environment()
    var curriculum = try HardCurriculum(hardConfig(levels: ["small"]), environment: environment)
    let pool = environment.distinctProblems(level: 0, split: .train, atMost: .max)
    let first = pool[0].key
    let second = pool[1].key
    _ = curriculum.observe(
      [group(0, first, successes: 0), group(0, second, successes: 4)], step: 0)
    #expect(curriculum.state.weights[0] == 65536)
    #expect(abs(Double(curriculum.state.weights[1]) / 65536 - 0.55) < 1e-4)
    _ = curriculum.observe([group(0, second, successes: 4)], step: 1)
    #expect(abs(Double(curriculum.state.weights[1]) / 65536 - 0.325) < 1e-4)
    #expect(curriculum.metrics()["curriculum/problems"] == Double(pool.count))
  }

  private func hardConfig(levels: [String], maximum: Int = 8192) -> HardCurriculum.Config {
    var config = HardCurriculum.Config()
    config.levels = levels
    config.maxProblems = maximum
    return config
  }

  /// One problem at weight 1, nineteen near 0.1: its share is about 1 / (1 + 19 · 0.1) = 0.345.
  @Test func hardDrawsByWeight() throws {
    var curriculum = try HardCurriculum(
      hardConfig(levels: ["large"], maximum: 20), environment: Successor.environment())
    let pool = try Successor.environment().distinctProblems(level: 1, split: .train, atMost: 20)
    for step in 0..<40 {
      _ = curriculum.observe(pool.dropFirst().map { group(1, $0.key, successes: 4) }, step: step)
    }
    var random = RandomStream(seed: 4)
    let draws = try (0..<2000).map { _ in try curriculum.next(using: &random).problem.key }
    let share = Double(draws.filter { $0 == pool[0].key }.count) / 2000
    #expect(abs(share - 0.345) < 0.04)
    #expect(Set(draws).count == 20)
  }

  private func curriculum(_ json: JSON) throws -> any Curriculum {
    struct Stage: ConfigBlock {
      var curriculum = Variant<CurriculumCatalog>()
      static let keys = [KeyDescription("curriculum", "of problems")]
    }
    return try read(Stage.self, from: ["curriculum": json]).curriculum
      .curriculum(for: Successor.environment())
  }

  /// The levels of a thousand problems.
  private func levels(_ curriculum: inout any Curriculum) throws -> [Int] {
    var random = RandomStream(seed: 8)
    return try (0..<1000).map { _ in try curriculum.next(using: &random).level }
  }

  @Test func aScheduleFollowsItsPoints() throws {
    var curriculum = try curriculum([
      "type": "schedule",
      "points": [["step": 0, "level": "small"], ["step": 2, "level": "huge"]],
    ])
    #expect(try Set(levels(&curriculum)) == [0])
    #expect(curriculum.observe([group(0, "1", successes: 1)], step: 0).isEmpty)
    let events = curriculum.observe([group(0, "1", successes: 1)], step: 1)
    #expect(events.map(\.to) == [2] && events.map(\.success) == [0.25])
    #expect(try Set(levels(&curriculum)) == [2])
  }

  /// From all small to all huge in ten steps: after four, 0.6 to 0.4.
  @Test func weightsMoveInStraightLines() throws {
    var curriculum = try curriculum([
      "type": "weights",
      "points": [["weights": ["small": 2]], ["step": 10, "weights": ["huge": 3]]],
    ])
    #expect(try Set(levels(&curriculum)) == [0])
    for step in 0..<4 { _ = curriculum.observe([], step: step) }
    let drawn = try levels(&curriculum)
    #expect((550...650).contains(drawn.count { $0 == 0 }) && !drawn.contains(1))
    #expect(abs((curriculum.metrics()["curriculum/level"] ?? 0) - 0.8) < 1e-12)
    for step in 4..<20 { _ = curriculum.observe([], step: step) }
    #expect(try Set(levels(&curriculum)) == [2])
  }

  @Test(
    arguments: [
      [["step": 1]], [["step": 0], ["step": 0]], [["weights": ["small": 0]]],
      [["weights": ["small": 1, "large": -1]]], [["weights": ["smal": 1]]],
    ] as [JSON])
  func pointsThatCannotBeAreRefused(_ points: JSON) {
    #expect(throws: (any Error).self) {
      try curriculum(["type": "weights", "points": points])
    }
  }

  /// η tanh(α (p - β)): 0.1 tanh(2 · 0.5) = 0.0762 up at success 1, as much down at 0.
  @Test func targetMovesByItsFormula() throws {
    var curriculum = try curriculum(["type": "target", "start_level": "large"])
    _ = curriculum.observe([group(1, "1", successes: 4), group(1, "2", successes: 4)], step: 0)
    #expect(abs((curriculum.metrics()["curriculum/level"] ?? 0) - 1.076159) < 1e-6)
    let drawn = try levels(&curriculum)
    #expect((50...105).contains(drawn.count { $0 == 2 }) && !drawn.contains(0))
    _ = curriculum.observe([group(1, "1", successes: 0)], step: 1)
    #expect(abs((curriculum.metrics()["curriculum/level"] ?? 0) - 1) < 1e-12)
    _ = curriculum.observe([group(1, "1", successes: 2)], step: 2)
    #expect(abs((curriculum.metrics()["curriculum/level"] ?? 0) - 1) < 1e-12)
    for step in 3..<40 { _ = curriculum.observe([group(1, "1", successes: 0)], step: step) }
    #expect(curriculum.metrics()["curriculum/level"] == 0)
  }

  /// Three problems met, scored 0.5 (half right), 0.375 (a quarter) and 0 (none): by rank 1, 1/2
  /// and 1/3 of 11/6.
  @Test func replayDrawsByRank() throws {
    var curriculum = try curriculum([
      "type": "plr", "levels": ["small"], "max_problems": 3, "staleness": 0,
    ])
    let pool = try Successor.environment().distinctProblems(level: 0, split: .train, atMost: 3)
    let groups = zip(pool, [1, 2, 0]).map { group(0, $0.key, successes: $1) }
    _ = curriculum.observe(groups, step: 0)
    let metrics = curriculum.metrics()
    #expect(metrics["curriculum/met"] == 3 && metrics["curriculum/problems"] == 3)
    #expect(abs((metrics["curriculum/mean_score"] ?? 0) - 0.875 / 3) < 1e-12)
    var random = RandomStream(seed: 4)
    let draws = try (0..<3000).map { _ in try curriculum.next(using: &random).problem.key }
    for (index, share) in [(1, 6.0 / 11), (0, 3.0 / 11), (2, 2.0 / 11)] {
      let found = Double(draws.count { $0 == pool[index].key }) / 3000
      #expect(abs(found - share) < 0.04)
    }
  }

  /// Staleness alone: the last of two was met just now (weight 1), the first one group ago (2).
  @Test func replayReturnsToWhatIsOld() throws {
    var curriculum = try curriculum([
      "type": "plr", "levels": ["small"], "max_problems": 2, "staleness": 1,
    ])
    let pool = try Successor.environment().distinctProblems(level: 0, split: .train, atMost: 2)
    _ = curriculum.observe(pool.map { group(0, $0.key, successes: 2) }, step: 0)
    var random = RandomStream(seed: 4)
    let draws = try (0..<3000).map { _ in try curriculum.next(using: &random).problem.key }
    #expect(abs(Double(draws.count { $0 == pool[0].key }) / 3000 - 2.0 / 3) < 0.04)
  }

  /// Nothing met: all problems alike; later half of the draws are of those never met.
  @Test func replayMeetsNewProblems() throws {
    var curriculum = try curriculum(["type": "plr", "levels": ["small"], "max_problems": 100])
    let pool = try Successor.environment().distinctProblems(level: 0, split: .train, atMost: 100)
    _ = curriculum.observe(pool.prefix(50).map { group(0, $0.key, successes: 2) }, step: 0)
    let met = Set(pool.prefix(50).map(\.key))
    var random = RandomStream(seed: 4)
    let draws = try (0..<2000).map { _ in try curriculum.next(using: &random).problem.key }
    #expect((900...1100).contains(draws.count { !met.contains($0) }))
  }
}
