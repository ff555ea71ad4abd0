import Configuration
import Randomness

/// A bonus that goes with the length from one value to another, apart for successes and failures.
///
/// The cosine reward of Yeo et al. ("Demystifying long chain-of-thought reasoning in LLMs", 2025)
/// as a term of its own: `long + (short - long) (1 + cos(π n / L)) / 2` for `n` sampled tokens of
/// at most `L`.
public struct LengthCosineShaper: RewardShaper {
  public static let name = "length_cosine"

  public struct Config: ConfigBlock {
    public var successShort = 0.1
    public var successLong = 0.0
    public var failureShort = -0.1
    public var failureLong = 0.0
    public init() {}
    public static let keys = [
      KeyDescription("success_short", "what the shortest success earns", "-1000000...1000000"),
      KeyDescription("success_long", "what the longest success earns", "-1000000...1000000"),
      KeyDescription("failure_short", "what the shortest failure earns", "-1000000...1000000"),
      KeyDescription("failure_long", "what the longest failure earns", "-1000000...1000000"),
    ]
  }

  public var state = NoState()
  private let config: Config
  private let limit: Double

  public init(_ config: Config, _ context: ShapingContext) {
    (self.config, limit) = (config, Double(context.maximumTokens))
  }

  public var bound: Double {
    let ends = [config.successShort, config.successLong, config.failureShort, config.failureLong]
    return ends.reduce(0, max) - ends.reduce(0, min)
  }

  public func shape(_ rewards: [Double?], of group: ShapedGroup, step: Int) -> [Double?] {
    rewards.adding { rollout in
      let isSuccess = group.finished.verdicts[rollout].isSuccess
      let short = isSuccess ? config.successShort : config.failureShort
      let long = isSuccess ? config.successLong : config.failureLong
      let way = min(1, Double(group.finished.lengths[rollout]) / limit)
      let (cosine, _) = ElementaryFunctions.cosineAndSine(.pi * way)
      return long + (short - long) * (1 + cosine) / 2
    }
  }
}
