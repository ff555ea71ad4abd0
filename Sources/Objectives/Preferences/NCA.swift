import TensorCore

/// Noise contrastive alignment of pairs, `-log σ(βc) - ½ log σ(-βc) - ½ log σ(-βr)` of the log-ratios
/// `c` and `r` (Chen et al., 2024): it keeps the chosen one's own likelihood up.
public func contrastivePreference(_ logRatios: PairScores, beta: Float) -> Tensor {  // [P]
  let scaled = logRatios.map { $0 * beta }
  let noise = (-scaled.chosen).logSigmoid() + (-scaled.rejected).logSigmoid()
  return -scaled.chosen.logSigmoid() - noise * 0.5
}
