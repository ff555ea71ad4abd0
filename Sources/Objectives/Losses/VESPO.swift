import TensorCore

/// The shape of a sequence's weight, `φ(r) = e^λ r^k e^{-λ r}`, by the sign of its advantage.
public struct GammaWeights: Sendable, Equatable {
  public var kPositive, lambdaPositive, kNegative, lambdaNegative: Float

  public init(
    kPositive: Float = 2, lambdaPositive: Float = 3, kNegative: Float = 3, lambdaNegative: Float = 2
  ) {
    let all = [kPositive, lambdaPositive, kNegative, lambdaNegative]
    precondition(all.allSatisfy { $0 >= 0 }, "GammaWeights: one of \(all) is negative")
    (self.kPositive, self.lambdaPositive) = (kPositive, lambdaPositive)
    (self.kNegative, self.lambdaNegative) = (kNegative, lambdaNegative)
  }
}

/// Variational sequence-level soft policy optimization: `-Σ w · sg[φ(r)] · A · logProbs`.
///
/// `r` is the whole sequence's ratio, the product of its tokens'; `φ` is 1 at ratio 1 and falls to
/// 0 on both sides, so that a sequence far from its behavior policy says little. Each log-ratio and
/// their sum are held in ±20, as TRL does.
public func vespo(
  logProbs: Tensor,  // [M]
  behaviorLogProbs: Tensor,  // [M]
  advantages: Tensor,  // [M]
  tokens: TrainedTokens,
  weights: GammaWeights
) -> Objective {
  tokens.check(logProbs, "vespo: logProbs")
  tokens.check(behaviorLogProbs, "vespo: behaviorLogProbs")
  tokens.check(advantages, "vespo: advantages")
  let differences = (logProbs.detached - behaviorLogProbs).clamped(to: -20...20)
  let logRatios = tokens.repeating(tokens.sums(of: differences).clamped(to: -20...20))
  let isGood = advantages.values.map { $0 >= 0 }
  let k = Tensor(isGood.map { $0 ? weights.kPositive : weights.kNegative })
  let lambda = Tensor(isGood.map { $0 ? weights.lambdaPositive : weights.lambdaNegative })
  let phi = (lambda + k * logRatios - lambda * logRatios.exponential()).exponential()
  let loss = -(tokens.weights * phi * advantages * logProbs).sum()
  let perSequence = zip((phi * tokens.shares).values, tokens.sequences)
  return Objective(
    loss: loss,
    metrics: Metrics([
      "policy_loss": .sum(Double(loss.value)),
      "vespo/phi_seq_mean": .mean(
        sum: perSequence.reduce(0) { $0 + Double($1.0) },
        weight: Double(tokens.lengths.count { $0 > 0 })),
    ]))
}
