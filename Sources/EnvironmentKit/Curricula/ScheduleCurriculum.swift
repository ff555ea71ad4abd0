import Configuration
import Randomness

/// One level at a time, by the steps that the configuration names.
public struct ScheduleCurriculum: Curriculum {
  public static let name = "schedule"

  public struct Point: ConfigBlock {
    public var step = 0
    public var level = ""
    public init() {}
    public static let keys: [KeyDescription] = [
      .pointStep,
      KeyDescription("level", "name of the level from there on; empty: the easiest"),
    ]
  }

  public struct Config: ConfigBlock {
    public var points: [Point] = []
    public init() {}
    public static let keys = [
      KeyDescription("points", "levels by step, from step 0 on; empty: the easiest throughout")
    ]
    public func validate() throws(ConfigError) { try PointSteps(points.map(\.step)).check() }
  }

  public struct State: Codable, Sendable, Equatable {
    /// The step that is asked for next.
    public var step = 0
  }

  public var state = State()
  private let points: PointSteps
  private let levels: [Int]
  private let environment: Environment

  public init(_ config: Config, environment: Environment) throws(ConfigError) {
    self.environment = environment
    points = PointSteps(config.points.map(\.step))
    var levels: [Int] = []
    for (index, point) in config.points.enumerated() {
      do throws(ConfigError) {
        levels.append(try environment.startLevel(named: point.level))
      } catch {
        throw ConfigError(path: "points[\(index)].level", reason: error.reason)
      }
    }
    self.levels = levels
  }

  private var level: Int { points.index(at: state.step).map { levels[$0] } ?? 0 }

  public func next(using random: inout RandomStream) throws(ConfigError) -> Choice {
    Choice(
      level: level, problem: try environment.problem(level: level, split: .train, using: &random))
  }

  public mutating func observe(_ groups: [FinishedGroup], step: Int) -> [CurriculumEvent] {
    let from = level
    state.step = step + 1
    guard level != from else { return [] }
    let success = groups.meanSuccess
    return [
      CurriculumEvent(
        kind: .levelChange, step: step, from: from, to: level, success: success.mean,
        count: success.count)
    ]
  }

  public func metrics() -> [String: Double] { ["curriculum/level": Double(level)] }
}
