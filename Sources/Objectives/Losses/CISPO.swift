import TensorCore

/// Clipped importance sampling: `-Σ w · sg[clip(r)] · A · logProbs`, `sg` stopping the gradient.
///
/// The bounds are absolute ratios, not distances from 1: an upper bound below 1 would scale every
/// on-policy gradient. No token is ever left out; the ratio only weighs it.
public func cispo(
  _ ratios: ImportanceRatios,
  logProbs: Tensor,  // [M]
  advantages: Tensor,  // [M]
  tokens: TrainedTokens,
  bounds: ClosedRange<Float> = 0...5
) -> Objective {
  tokens.check(logProbs, "cispo: logProbs")
  tokens.check(advantages, "cispo: advantages")
  let weights = ratios.values.detached.clamped(to: bounds)
  let loss = -(tokens.weights * weights * advantages * logProbs).sum()
  // The weight is held whatever the advantage's sign; where that is 0 there is nothing to weigh.
  let clipped = ratios.share(advantages: advantages, tokens: tokens) { ratio, advantage in
    !bounds.contains(ratio) && advantage != 0
  }
  return Objective(
    loss: loss,
    metrics: Metrics(["policy_loss": .sum(Double(loss.value)), "cispo_clip_ratio": clipped]))
}
