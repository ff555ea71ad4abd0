import Configuration

/// A penalty that grows over the last tokens that a completion may have.
///
/// DAPO's soft overlong punishment (Yu et al., 2025, equation 13) with the most it takes as a key:
/// `-penalty · min(1, max(0, n - (L - B)) / B)` for `n` sampled tokens of at most `L`, with a
/// buffer of `B` tokens.
public struct OverlongShaper: RewardShaper {
  public static let name = "overlong"

  public struct Config: ConfigBlock {
    public var buffer = 0
    public var penalty = 0.5
    public init() {}
    public static let keys = [
      KeyDescription(
        "buffer", "last tokens over which it grows; 0 is a fifth of max_completion_length", "0..."),
      KeyDescription("penalty", "what a completion of the greatest length loses", ">0"),
    ]
  }

  public var state = NoState()
  public var bound: Double { penalty }
  private let buffer, free: Int
  private let penalty: Double

  public init(_ config: Config, _ context: ShapingContext) throws(ConfigError) {
    let limit = context.maximumTokens
    guard config.buffer <= limit else {
      throw ConfigError(
        path: "buffer",
        reason: "at most max_completion_length (\(limit)), found \(config.buffer)")
    }
    buffer = config.buffer > 0 ? config.buffer : (limit + 4) / 5
    free = limit - buffer
    penalty = config.penalty
  }

  public func shape(_ rewards: [Double?], of group: ShapedGroup, step: Int) -> [Double?] {
    rewards.adding { rollout in
      let over = Double(max(0, group.finished.lengths[rollout] - free))
      return -penalty * min(1, over / Double(buffer))
    }
  }
}
