import TensorCore

/// A pull to a teacher: `coefficient · Σ w · d`, with `d` of each token's whole distribution.
public func distillation(
  _ divergences: Tensor,  // [M]
  coefficient: Float,
  tokens: TrainedTokens
) -> Objective {
  tokens.check(divergences, "distillation")
  let loss = (tokens.weights * divergences).sum() * coefficient
  return Objective(loss: loss, metrics: Metrics(["distill_loss": .sum(Double(loss.value))]))
}

/// Importance sampling without a clip: `-Σ w · r · A`, on policy the policy gradient.
public func importanceSampled(
  _ ratios: ImportanceRatios,
  advantages: Tensor,  // [M]
  tokens: TrainedTokens
) -> Objective {
  tokens.check(advantages, "importanceSampled: advantages")
  let loss = -(tokens.weights * ratios.values * advantages).sum()
  return Objective(loss: loss, metrics: Metrics(["policy_loss": .sum(Double(loss.value))]))
}
