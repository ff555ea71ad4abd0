import Configuration
import EnvironmentKit
import Randomness
import Testing

/// A learner whose success at a level grows with practice at that level or above.
private struct SimulatedLearner {
  var skill = 0.0
  var rate = 0.004

  /// The chance of success: 0.9 below its skill, falling by 0.5 a level above it.
  func chance(at level: Int) -> Double { min(0.9, max(0.02, 0.9 - 0.5 * (Double(level) - skill))) }

  mutating func practise(_ level: Int) { if Double(level) >= skill - 0.5 { skill += rate } }
}

@Suite struct BandCurriculumTests {
  private func finished(_ choice: Choice, _ successes: [Bool], score: Double) -> FinishedGroup {
    FinishedGroup(
      level: choice.level, key: choice.problem.key,
      verdicts: successes.map {
        Verdict(score: $0 ? 1 : score, isSuccess: $0, isParsed: true, reason: "")
      },
      lengths: successes.map { _ in 2 }, isTruncated: successes.map { _ in false })
  }

  private func config() -> BandCurriculum.Config {
    var config = BandCurriculum.Config()
    config.window = 64
    config.minSamples = 32
    config.cooldownSteps = 2
    return config
  }

  /// Plays `steps` of 16 groups of 4 and returns the events.
  private func play(
    _ curriculum: inout BandCurriculum, _ learner: inout SimulatedLearner, steps: Int,
    failureScore: Double = 0
  ) throws -> [CurriculumEvent] {
    var events: [CurriculumEvent] = []
    for step in 0..<steps {
      var random = RandomStream(seed: 11).split("step", step)
      var groups: [FinishedGroup] = []
      for _ in 0..<16 {
        let choice = try curriculum.next(using: &random)
        let chance = learner.chance(at: choice.level)
        groups.append(
          finished(choice, (0..<4).map { _ in random.uniform() < chance }, score: failureScore))
        learner.practise(choice.level)
      }
      events += curriculum.observe(groups, step: step)
    }
    return events
  }

  @Test func aLearnerClimbsTheLadder() throws {
    var curriculum = try BandCurriculum(config(), environment: Successor.environment())
    var learner = SimulatedLearner()
    let events = try play(&curriculum, &learner, steps: 80)
    #expect(events.map(\.to) == [1, 2])
    #expect(events.allSatisfy { $0.success ?? 0 >= 0.7 && $0.count >= 32 })
    #expect(curriculum.metrics()["curriculum/level"] == 2)
  }

  /// Wrong answers that score 0.9 raise the reward, not the level.
  @Test func rewardWithoutSuccessBuysNoLevel() throws {
    var curriculum = try BandCurriculum(config(), environment: Successor.environment())
    var learner = SimulatedLearner(skill: -2, rate: 0)
    #expect(try play(&curriculum, &learner, steps: 40, failureScore: 0.9).isEmpty)
  }

  @Test func aLevelThatIsTooHardIsLeft() throws {
    var config = config()
    config.startLevel = "huge"
    var curriculum = try BandCurriculum(config, environment: Successor.environment())
    var learner = SimulatedLearner(skill: 0, rate: 0)
    let events = try play(&curriculum, &learner, steps: 12)
    #expect(events.first?.from == 2 && events.first?.to == 1)
  }

  /// Of the problems at level 2, a fifth is replay.
  @Test func replayComesFromBelow() throws {
    var config = config()
    config.startLevel = "huge"
    let curriculum = try BandCurriculum(config, environment: Successor.environment())
    var random = RandomStream(seed: 8)
    let levels = try (0..<1000).map { _ in try curriculum.next(using: &random).level }
    #expect((150...250).contains(levels.filter { $0 < 2 }.count))
    #expect(Set(levels) == [0, 1, 2])
  }

  /// Always right below, always wrong above: the third turn doubles the cooldown.
  @Test func oscillationIsNoticed() throws {
    var config = config()
    config.replay = 0
    var curriculum = try BandCurriculum(config, environment: Successor.environment())
    var events: [CurriculumEvent] = []
    var random = RandomStream(seed: 8)
    for step in 0..<60 {
      let groups = try (0..<32).map { _ in
        let choice = try curriculum.next(using: &random)
        return finished(choice, Array(repeating: choice.level == 0, count: 4), score: 0)
      }
      events += curriculum.observe(groups, step: step)
    }
    let first = events.firstIndex { $0.kind == .oscillation }
    #expect(first == 4)  // up, down (1), up (2), down (3)
    #expect(curriculum.state.cooldown >= 4)
  }

  /// The success of replayed levels says nothing of the level itself.
  @Test func onlyTheLevelItselfCounts() throws {
    var config = config()
    config.startLevel = "large"
    var curriculum = try BandCurriculum(config, environment: Successor.environment())
    var random = RandomStream(seed: 8)
    for step in 0..<20 {
      let groups = try (0..<32).map { _ in
        let choice = try curriculum.next(using: &random)
        // Half of the level's own problems succeed, all of the replayed ones.
        let rights = choice.level == 0 ? 4 : 2
        return finished(choice, (0..<4).map { $0 < rights }, score: 0)
      }
      #expect(curriculum.observe(groups, step: step).isEmpty)
    }
    #expect(curriculum.metrics()["curriculum/window_success"] == 0.5)
  }

  @Test func aFrozenLevelStays() throws {
    var config = config()
    config.freezeLevel = true
    var curriculum = try BandCurriculum(config, environment: Successor.environment())
    var learner = SimulatedLearner(skill: 2)
    #expect(try play(&curriculum, &learner, steps: 40).isEmpty)
    #expect(try #require(curriculum.metrics()["curriculum/window_success"]) > 0.8)
  }

  @Test func aBandNeedsRoom() {
    #expect(throws: ConfigErrors.self) {
      try read(BandCurriculum.Config.self, from: ["up": 0.3, "down": 0.5])
    }
  }
}
