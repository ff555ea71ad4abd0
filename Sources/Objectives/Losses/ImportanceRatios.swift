import TensorCore

/// Over what the policy's probability is compared with the behavior policy's.
public enum RatioLevel: String, Codable, CaseIterable, Sendable {
  /// `exp(Δ)` of each token, with `Δ = logProbs - behaviorLogProbs` (PPO, GRPO).
  case token
  /// `exp(Σ Δ / n)`, the geometric mean over the sequence, on each of its tokens (GSPO).
  case sequence
  /// `exp(Σ Δ)`, the sequence's whole ratio, on each of its tokens (RLOO).
  case sequenceProduct = "sequence_product"
}

/// `p / p_behavior` on each token; exactly 1 where both log-probabilities are the same bits.
public struct ImportanceRatios: Sendable {
  public let values: Tensor  // [M]
  public let level: RatioLevel

  public init(
    logProbs: Tensor,  // [M] under the policy being trained
    behaviorLogProbs: Tensor,  // [M] under the policy that sampled
    tokens: TrainedTokens,
    level: RatioLevel
  ) {
    tokens.check(logProbs, "ImportanceRatios: logProbs")
    tokens.check(behaviorLogProbs, "ImportanceRatios: behaviorLogProbs")
    let difference = logProbs - behaviorLogProbs
    switch level {
    case .token: values = difference.exponential()
    case .sequence:
      let meanOverSequence = tokens.sums(of: difference * tokens.shares)
      values = tokens.repeating(meanOverSequence.exponential())
    case .sequenceProduct:
      values = tokens.repeating(tokens.sums(of: difference).exponential())
    }
    self.level = level
  }

  /// The share of ratios for which `isCounted(ratio, advantage)`: of tokens where each token has
  /// its own ratio, else of sequences.
  func share(
    advantages: Tensor, tokens: TrainedTokens, where isCounted: (Float, Float) -> Bool
  ) -> Metrics.Value {
    let counted = zip(values.values, advantages.values).map { isCounted($0, $1) }
    if level == .token { return .mean(of: counted.map { $0 ? 1 : 0 }) }
    var sum = 0.0
    for (isCounted, sequence) in zip(counted, tokens.sequences) where isCounted {
      sum += 1 / Double(tokens.lengths[Int(sequence)])
    }
    return .mean(sum: sum, weight: Double(tokens.lengths.count { $0 > 0 }))
  }
}
