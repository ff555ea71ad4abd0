import Configuration

/// How the next token is chosen from the model's distribution.
public struct SamplingConfig: ConfigBlock, Equatable {
  public var temperature: Double = 1
  public var topK = 0
  public var topP: Double = 1
  public var minP: Double = 0
  public var repetitionPenalty: Double = 1
  public init() {}

  public static let keys = [
    KeyDescription("temperature", "logits are divided by it; 0 takes the most probable", "0..."),
    KeyDescription("top_k", "keep this many tokens; 0 keeps all", "0..."),
    KeyDescription("top_p", "keep the fewest tokens that hold this probability", "0...1"),
    KeyDescription("min_p", "drop tokens below this share of the most probable", "0...1"),
    KeyDescription(
      "repetition_penalty", "divide the logits of tokens seen by it; 1 is off", ">0"),
  ]

  /// Whether the sampled distribution is the model's own at some temperature.
  public var isUnfiltered: Bool { topK == 0 && topP >= 1 && minP <= 0 && repetitionPenalty == 1 }
  public var isGreedy: Bool { temperature == 0 }

  public static var greedy: SamplingConfig {
    var config = SamplingConfig()
    config.temperature = 0
    return config
  }
}
