import TensorCore

/// Kahneman–Tversky optimization (Ethayarajh et al., 2024, equation 8) of a pair's two completions,
/// each on its own: `½ [λ⁺ (1 - σ(β(c - z))) + λ⁻ (1 - σ(β(z - r)))]` of the log-ratios.
///
/// `z` is how far the policy has come from the reference on completions of other prompts, taken over
/// the whole step without gradient (`klReferencePoint`).
public func prospectPreference(
  _ logRatios: PairScores, z: Float, beta: Float, desirable: Float = 1, undesirable: Float = 1
) -> Tensor {  // [P]
  let gains = logRatios.chosen.affine(scale: beta, offset: -beta * z).logistic()
  let losses = logRatios.rejected.affine(scale: -beta, offset: beta * z).logistic()
  return gains.affine(scale: -0.5 * desirable, offset: 0.5 * desirable)
    + losses.affine(scale: -0.5 * undesirable, offset: 0.5 * undesirable)
}

/// KTO's `z = max(0, mean(log π - log π_ref))` over completions put after prompts not their own.
public func klReferencePoint(logRatios: [Float]) -> Double {
  guard !logRatios.isEmpty else { return 0 }
  return max(0, logRatios.reduce(0) { $0 + Double($1) } / Double(logRatios.count))
}
