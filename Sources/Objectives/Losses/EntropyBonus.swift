import TensorCore

/// A reward for spread: `-coefficient · Σ w · H`.
///
/// TRL takes the mean over tokens whatever the policy loss does: pass tokens of that aggregation
/// for its numbers.
public func entropyBonus(
  _ entropies: Tensor,  // [M]
  coefficient: Float,
  tokens: TrainedTokens
) -> Objective {
  tokens.check(entropies, "entropyBonus")
  return Objective(
    loss: -((tokens.weights * entropies).sum() * coefficient),
    metrics: Metrics(["entropy": .mean(of: entropies.values)]))
}
