import Configuration

/// A penalty for saying the same again: `-penalty · (1 - unique / total)` over n-grams of tokens.
///
/// The repetition penalty of Yeo et al. (2025) on token ids; a completion of fewer than `ngram`
/// tokens loses nothing.
public struct RepetitionShaper: RewardShaper {
  public static let name = "repetition"

  public struct Config: ConfigBlock {
    public var ngram = 3
    public var penalty = 0.1
    public init() {}
    public static let keys = [
      KeyDescription("ngram", "tokens in a row that are compared", "1..."),
      KeyDescription("penalty", "what nothing but repetition would lose", ">0"),
    ]
  }

  public var state = NoState()
  public var bound: Double { config.penalty }
  private let config: Config

  public init(_ config: Config, _ context: ShapingContext) { self.config = config }

  public func shape(_ rewards: [Double?], of group: ShapedGroup, step: Int) -> [Double?] {
    rewards.adding { rollout in
      let tokens = group.completion(rollout).tokens
      let total = tokens.count - config.ngram + 1
      guard total > 0 else { return 0 }
      let unique = Set((0..<total).map { tokens[$0..<$0 + config.ngram] }).count
      return -config.penalty * (1 - Double(unique) / Double(total))
    }
  }
}
