import TensorCore

/// How fast a gate lets go of a token whose ratio leaves 1, by the sign of its advantage.
public struct GateTemperatures: Sendable, Equatable {
  public var positive, negative: Float

  public init(positive: Float = 1, negative: Float = 1.05) {
    precondition(
      positive > 0 && negative > 0,
      "GateTemperatures: \(positive) and \(negative) are not both positive")
    (self.positive, self.negative) = (positive, negative)
  }
}

/// Soft adaptive policy optimization: `-Σ w · (4 / τ) σ(τ (r - 1)) · A`, with no hard clip.
///
/// At ratio 1 the gradient is the plain surrogate's, and it fades on both sides; `τ` is `positive`
/// where `A > 0`. Gao et al., "Soft Adaptive Policy Optimization" (2025).
public func softGate(
  _ ratios: ImportanceRatios,
  advantages: Tensor,  // [M]
  tokens: TrainedTokens,
  temperatures: GateTemperatures
) -> Objective {
  tokens.check(advantages, "softGate: advantages")
  let signs = advantages.values
  let slopes = Tensor(signs.map { $0 > 0 ? temperatures.positive : temperatures.negative })
  let scales = Tensor(signs.map { 4 / ($0 > 0 ? temperatures.positive : temperatures.negative) })
  let gates = scales / ((-(slopes * (ratios.values - 1))).exponential() + 1)
  let loss = -(tokens.weights * gates * advantages).sum()
  return Objective(
    loss: loss, metrics: Metrics(["policy_loss": .sum(Double(loss.value))]))
}
