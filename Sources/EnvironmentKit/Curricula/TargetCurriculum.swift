import Configuration
import Randomness

/// Problems at the difficulty where success comes to a target.
///
/// AdaRFT (Shi et al., "Efficient reinforcement finetuning via adaptive curriculum learning",
/// 2025): `T ← clip(T + η tanh(α (p - β)), 0, levels - 1)` after each step, with the mean raw
/// success `p` of its groups. A difficulty is a level's index; between two levels they are drawn
/// in proportion, so that a step never asks one level's problems for want of a rounder `T`.
public struct TargetCurriculum: Curriculum {
  public static let name = "target"

  public struct Config: ConfigBlock {
    public var targetSuccess = 0.5
    public var sensitivity = 2.0
    public var stepSize = 0.1
    public var startLevel = ""
    public init() {}
    public static let keys: [KeyDescription] = [
      KeyDescription("target_success", "mean success β that is aimed at", "0...1"),
      KeyDescription("sensitivity", "how steeply α a miss moves the difficulty", "0.01...100"),
      KeyDescription("step_size", "the most η that a step moves it, in levels", ">0"),
      .startLevel,
    ]
  }

  public struct State: Codable, Sendable, Equatable {
    /// The difficulty T, in levels.
    public var difficulty: Double
  }

  public var state: State
  private let config: Config
  private let environment: Environment

  public init(_ config: Config, environment: Environment) throws(ConfigError) {
    (self.config, self.environment) = (config, environment)
    state = State(difficulty: Double(try environment.startLevel(named: config.startLevel)))
  }

  public func next(using random: inout RandomStream) throws(ConfigError) -> Choice {
    let below = state.difficulty.rounded(.down)
    let level = Int(below) + (random.uniform() < state.difficulty - below ? 1 : 0)
    return Choice(
      level: level, problem: try environment.problem(level: level, split: .train, using: &random))
  }

  public mutating func observe(_ groups: [FinishedGroup], step: Int) -> [CurriculumEvent] {
    let (success, count) = groups.meanSuccess
    guard let success else { return [] }
    let power = ElementaryFunctions.exponential(
      2 * config.sensitivity * (success - config.targetSuccess))
    let from = Int(state.difficulty.rounded())
    let moved = state.difficulty + config.stepSize * (power - 1) / (power + 1)  // tanh
    state.difficulty = min(max(moved, 0), Double(environment.levels.count - 1))
    let to = Int(state.difficulty.rounded())
    guard to != from else { return [] }
    return [
      CurriculumEvent(
        kind: .levelChange, step: step, from: from, to: to, success: success, count: count)
    ]
  }

  public func metrics() -> [String: Double] { ["curriculum/level": state.difficulty] }
}
