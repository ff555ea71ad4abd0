import TensorCore

/// The divergence that the implicit reward is the optimum of: `f'(u)` of `z = log π/π_ref`, but for
/// constants (Wang et al., "Beyond reverse KL", 2024, table 1).
public enum FDivergence: Sendable, Equatable {
  /// `z`: plain DPO.
  case reverseKL
  /// `1 - e⁻ᶻ`.
  case forwardKL
  /// `log 2 + log σ(z)`.
  case jensenShannon
  /// `(e^((α-1)z) - 1) / (α - 1)`, α not 1.
  case alpha(Double)

  /// What takes the place of the log-ratios.
  public func scores(of logRatios: PairScores) -> PairScores {
    switch self {
    case .reverseKL: logRatios
    case .forwardKL: logRatios.map { (-$0).exponential().affine(scale: -1, offset: 1) }
    case .jensenShannon: logRatios.map { $0.logSigmoid() + 0.693_147_18 }
    case .alpha(let alpha):
      logRatios.map {
        let inverse = Float(1 / (alpha - 1))
        return ($0 * Float(alpha - 1)).exponential().affine(scale: inverse, offset: -inverse)
      }
    }
  }
}
