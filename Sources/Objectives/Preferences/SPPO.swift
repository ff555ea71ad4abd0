import TensorCore

/// Self-play preference optimization with certain labels, `(c - 1/(2β))² + (r + 1/(2β))²` of the
/// log-ratios (Wu et al., 2024, with win rates of 1 and 0).
public func selfPlayPreference(_ logRatios: PairScores, beta: Float) -> Tensor {  // [P]
  let won = logRatios.chosen - 1 / (2 * beta)
  let lost = logRatios.rejected + 1 / (2 * beta)
  return won * won + lost * lost
}
