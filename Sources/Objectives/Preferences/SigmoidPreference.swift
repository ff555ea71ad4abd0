import TensorCore

/// The conservative sigmoid loss, `-(1-ε) log σ(x) - ε log σ(-x)` with `x = β·d - γ`.
///
/// `d` are margins of log-ratios (DPO, Rafailov et al., 2023, equation 7), of their means over
/// tokens (Tülu 3), of log-probabilities (CPO, Xu et al., 2024) or of their means (SimPO, Meng et
/// al., 2024, equation 6, where `γ` is the target margin). `ε` is the share of pairs that are
/// believed to be the wrong way round (cDPO, Mitchell, 2023).
public func sigmoidPreference(
  _ margins: Tensor,  // [P]
  beta: Float, labelSmoothing epsilon: Float = 0, target gamma: Float = 0
) -> Tensor {  // [P]
  let x = margins.affine(scale: beta, offset: -gamma)
  let agreeing = x.logSigmoid() * -(1 - epsilon)
  return epsilon == 0 ? agreeing : agreeing - (-x).logSigmoid() * epsilon
}
