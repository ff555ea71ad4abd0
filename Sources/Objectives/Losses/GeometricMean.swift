import TensorCore

/// Geometric-mean policy optimization: `-Σ w · A · exp(Σ Δ' / n)` with `Δ' = s · min(s Δ, s clip(Δ))`.
///
/// `Δ` is a token's log-ratio, `s` the sign of its advantage and `clip` holds it in
/// `-low...high`: each token is clipped before the sequence's mean, where GSPO clips the mean. Zhao
/// et al., "Geometric-Mean Policy Optimization" (2025).
public func geometricMeanSurrogate(
  logProbs: Tensor,  // [M]
  behaviorLogProbs: Tensor,  // [M]
  advantages: Tensor,  // [M]
  tokens: TrainedTokens,
  low: Float,
  high: Float
) -> Objective {
  tokens.check(logProbs, "geometricMeanSurrogate: logProbs")
  tokens.check(behaviorLogProbs, "geometricMeanSurrogate: behaviorLogProbs")
  tokens.check(advantages, "geometricMeanSurrogate: advantages")
  let differences = logProbs - behaviorLogProbs
  let signs = Tensor(advantages.values.map { $0 < 0 ? -1 : 1 })
  let clipped = differences.clamped(to: -low...high)
  let held = signs * (signs * differences).minimum(signs * clipped)
  let ratios = tokens.repeating(tokens.sums(of: held * tokens.shares).exponential())
  let loss = -(tokens.weights * ratios * advantages).sum()
  func share(_ isCounted: (Float, Float) -> Bool) -> Metrics.Value {
    .mean(of: zip(differences.values, advantages.values).map { isCounted($0, $1) ? 1 : 0 })
  }
  func isLow(_ difference: Float, _ advantage: Float) -> Bool {
    difference < -low && advantage < 0
  }
  func isHigh(_ difference: Float, _ advantage: Float) -> Bool {
    difference > high && advantage > 0
  }
  return Objective(
    loss: loss,
    metrics: Metrics([
      "policy_loss": .sum(Double(loss.value)),
      "clip_ratio/low_mean": share(isLow), "clip_ratio/high_mean": share(isHigh),
      "clip_ratio/region_mean": share { isLow($0, $1) || isHigh($0, $1) },
    ]))
}
