import TensorCore

/// Binary classifier optimization of pairs, `-log σ(βc) - log σ(-βr)` of the log-ratios (Jung et al.,
/// 2024), with the reward shift δ left out, as TRL's `bco_pair` leaves it out.
public func binaryPreference(_ logRatios: PairScores, beta: Float) -> Tensor {  // [P]
  let scaled = logRatios.map { $0 * beta }
  return -scaled.chosen.logSigmoid() - (-scaled.rejected).logSigmoid()
}
