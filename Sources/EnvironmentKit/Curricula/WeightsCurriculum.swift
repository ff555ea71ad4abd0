import Configuration
import Randomness

/// Fresh problems of levels drawn by weight; the weights may move with the steps.
///
/// Between two points each level's weight goes in a straight line; after the last they stay.
public struct WeightsCurriculum: Curriculum {
  public static let name = "weights"

  public struct Point: ConfigBlock {
    public var step = 0
    public var weights = OrderedMap<Double>()
    public init() {}
    public static let keys: [KeyDescription] = [
      .pointStep,
      KeyDescription(
        "weights", "relative weight of each level by name, 0 where unnamed; none: all alike"),
    ]

    public func validate() throws(ConfigError) {
      let isUsable = weights.values.allSatisfy { $0 >= 0 } && weights.values.contains { $0 > 0 }
      guard weights.isEmpty || isUsable else {
        throw ConfigError(path: "weights", reason: "expected none below 0, and one above")
      }
    }
  }

  public struct Config: ConfigBlock {
    public var points: [Point] = []
    public init() {}
    public static let keys = [
      KeyDescription("points", "weights by step, from step 0 on; empty: all levels alike")
    ]
    public func validate() throws(ConfigError) { try PointSteps(points.map(\.step)).check() }
  }

  public struct State: Codable, Sendable, Equatable {
    /// The step that is asked for next.
    public var step = 0
  }

  public var state = State()
  private let points: PointSteps
  /// Of each point, one a level; they add up to 1.
  private let shares: [[Double]]
  private let environment: Environment

  public init(_ config: Config, environment: Environment) throws(ConfigError) {
    self.environment = environment
    points = PointSteps(config.points.map(\.step))
    var shares: [[Double]] = []
    for (index, point) in config.points.enumerated() {
      do throws(ConfigError) {
        shares.append(try environment.shares(of: point.weights))
      } catch {
        throw ConfigError(path: "points[\(index)].weights.\(error.path)", reason: error.reason)
      }
    }
    self.shares = shares.isEmpty ? [environment.equalShares] : shares
  }

  /// The chance of each level now.
  private var chances: [Double] {
    guard let index = points.index(at: state.step), index + 1 < shares.count else {
      return shares[shares.count - 1]
    }
    let (from, to) = (points.steps[index], points.steps[index + 1])
    let way = Double(state.step - from) / Double(to - from)
    return zip(shares[index], shares[index + 1]).map { $0 + way * ($1 - $0) }
  }

  public func next(using random: inout RandomStream) throws(ConfigError) -> Choice {
    var position = random.uniform()
    var level = 0
    for (candidate, chance) in chances.enumerated() where chance > 0 {
      level = candidate  // the last possible one takes what rounding left of 1
      position -= chance
      if position < 0 { break }
    }
    return Choice(
      level: level, problem: try environment.problem(level: level, split: .train, using: &random))
  }

  public mutating func observe(_ groups: [FinishedGroup], step: Int) -> [CurriculumEvent] {
    state.step = step + 1
    return []
  }

  public func metrics() -> [String: Double] {
    [
      "curriculum/level": chances.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
    ]
  }
}

extension Environment {
  fileprivate var equalShares: [Double] { levels.map { _ in 1 / Double(levels.count) } }

  /// The named weights as shares of 1, in the order of the levels.
  fileprivate func shares(of weights: OrderedMap<Double>) throws(ConfigError) -> [Double] {
    if weights.isEmpty { return equalShares }
    var shares = levels.map { _ in 0.0 }
    let total = weights.values.reduce(0, +)
    for (name, weight) in weights.entries {
      do {
        shares[try level(named: name)] = weight / total
      } catch {
        throw ConfigError(path: name, reason: error.reason)
      }
    }
    return shares
  }
}
