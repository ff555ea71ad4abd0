import TensorCore

/// Robust DPO, `[-(1-ε) log σ(βd) + ε log σ(-βd)] / (1-2ε)` (Ray Chowdhury et al., 2024).
///
/// Unbiased where a share `ε` below one half of the labels is flipped; not bounded from below.
public func robustPreference(
  _ margins: Tensor,  // [P]
  beta: Float, labelSmoothing epsilon: Float
) -> Tensor {  // [P]
  precondition(epsilon < 0.5, "robustPreference: \(epsilon) is not below one half")
  let x = margins * beta
  let scale = 1 / (1 - 2 * epsilon)
  return x.logSigmoid() * (-(1 - epsilon) * scale) + (-x).logSigmoid() * (epsilon * scale)
}
