import LanguageModels

/// Two completions of one prompt, of which the first is preferred.
public struct PreferencePair: Codable, Sendable, Equatable {
  /// One completion as tokens.
  public struct Completion: Codable, Sendable, Equatable {
    public var tokens: [Int32]
    /// Which of them are the model's own: an environment's replies are not scored.
    public var isScored: [Bool]
    /// What the sampler recorded of the scored ones; empty where it was another policy, or nobody.
    public var logProbs: [Float]

    public init(tokens: [Int32], isScored: [Bool], logProbs: [Float] = []) {
      (self.tokens, self.isScored, self.logProbs) = (tokens, isScored, logProbs)
    }

    init(tokens: [Int32]) {
      self.init(tokens: tokens, isScored: Array(repeating: true, count: tokens.count))
    }

    /// Scored tokens.
    public var length: Int { isScored.count { $0 } }
  }

  public var prompt: [Int32]
  public var chosen, rejected: Completion
  /// By how much their rewards should differ at least; 0 where nothing is said.
  public var margin = 0.0

  /// Token rows that the pair takes in a batch: the prompt's are shared.
  var rows: Int { prompt.count + chosen.tokens.count + rejected.tokens.count - 2 }
}

extension PackedTokens {
  /// The chosen completion, then the rejected one, after one prompt.
  mutating func append(_ pair: PreferencePair) {
    append(
      prompt: pair.prompt,
      continuations: [pair.chosen, pair.rejected].map { ($0.tokens, $0.isScored) })
  }
}
