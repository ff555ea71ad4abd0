import Configuration

/// Rewards held between two bounds: `min(max(r, low), high)` of what the shapers before it left.
///
/// The bounds must hold what the environment itself pays, so that only bonuses are cut.
public struct ClipShaper: RewardShaper {
  public static let name = "clip"

  public struct Config: ConfigBlock {
    public var low = -1.0
    public var high = 1.0
    public init() {}
    public static let keys = [
      KeyDescription(
        "low", "the least reward; at most what a failure earns", "-1000000...1000000"),
      KeyDescription(
        "high", "the greatest reward; at least what a success earns", "-1000000...1000000"),
    ]
  }

  public var state = NoState()
  /// It brings completions nearer to one another, never further apart.
  public var bound: Double { 0 }
  private let config: Config

  public init(_ config: Config, _ context: ShapingContext) throws(ConfigError) {
    let paid = context.environment.judging.reward
    let least = min(paid.failure, paid.unparsed)
    guard config.low <= least else {
      throw ConfigError(
        path: "low", reason: "at most \(least), which a failure earns, found \(config.low)")
    }
    guard config.high >= paid.success else {
      throw ConfigError(
        path: "high",
        reason: "at least \(paid.success), which a success earns, found \(config.high)")
    }
    self.config = config
  }

  public func shape(_ rewards: [Double?], of group: ShapedGroup, step: Int) -> [Double?] {
    rewards.map { $0.map { min(max($0, config.low), config.high) } }
  }
}
