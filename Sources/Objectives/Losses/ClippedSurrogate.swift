import TensorCore

/// PPO's clipped surrogate, `-Σ w · min(r·A, clip(r, 1 - low, 1 + high)·A)`.
///
/// With `clip.delta` the first `r` is `min(r, delta)`; with `clip.dualClip` and `A < 0` the minimum
/// is at least `dualClip · A`.
public func clippedSurrogate(
  _ ratios: ImportanceRatios,
  advantages: Tensor,  // [M]
  tokens: TrainedTokens,
  clip: RatioClip
) -> Objective {
  tokens.check(advantages, "clippedSurrogate: advantages")
  let capped = clip.delta < .infinity ? ratios.values.clamped(to: 0...clip.delta) : ratios.values
  let clipped = ratios.values.clamped(to: clip.region)
  var gain = (capped * advantages).minimum(clipped * advantages)
  if clip.dualClip < .infinity {
    let floor = advantages.values.map { $0 < 0 ? clip.dualClip * $0 : -.infinity }
    gain = gain.maximum(Tensor(floor))
  }
  let loss = -(tokens.weights * gain).sum()
  var metrics = clipMetrics(ratios, advantages: advantages, tokens: tokens, clip: clip)
  metrics.record("policy_loss", .sum(Double(loss.value)))
  return Objective(loss: loss, metrics: metrics)
}

/// How much the clip held back, under TRL's names: low for `A < 0`, high for `A > 0`, and both.
private func clipMetrics(
  _ ratios: ImportanceRatios, advantages: Tensor, tokens: TrainedTokens, clip: RatioClip
) -> Metrics {
  let (lowest, highest) = (clip.region.lowerBound, clip.region.upperBound)
  func isLow(_ ratio: Float, _ advantage: Float) -> Bool { ratio < lowest && advantage < 0 }
  func isHigh(_ ratio: Float, _ advantage: Float) -> Bool { ratio > highest && advantage > 0 }
  func share(_ isCounted: (Float, Float) -> Bool) -> Metrics.Value {
    ratios.share(advantages: advantages, tokens: tokens, where: isCounted)
  }
  return Metrics([
    "clip_ratio/low_mean": share(isLow),
    "clip_ratio/high_mean": share(isHigh),
    "clip_ratio/region_mean": share { isLow($0, $1) || isHigh($0, $1) },
  ])
}
