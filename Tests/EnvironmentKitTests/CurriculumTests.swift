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
    for name in ["uniform", "band", "hard"] {
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

  @Test(arguments: ["uniform", "band", "hard"]) func aRestoredCurriculumGoesOnAlike(name: String)
    throws
  {
    let environment = try Successor.environment()
    var original = try Variant<CurriculumCatalog>(name).curriculum(for: environment)
    for step in 0..<30 {
      var random = RandomStream(seed: 9).split("problem", step)
      let choices = try (0..<8).map { _ in try original.next(using: &random) }
      _ = original.observe(
        choices.enumerated().map { group($1.level, $1.problem.key, successes: ($0 + step) % 5) },
        step: step)
    }
    var resumed = try Variant<CurriculumCatalog>(name).curriculum(for: environment)
    try resumed.restore(JSON(parsing: original.encodedState().text()))
    #expect(try resumed.encodedState() == original.encodedState())
    for index in 0..<50 {
      var (left, right) = (RandomStream(seed: 5), RandomStream(seed: 5))
      (left, right) = (left.split("problem", index), right.split("problem", index))
      #expect(try original.next(using: &left) == resumed.next(using: &right))
    }
  }
}
