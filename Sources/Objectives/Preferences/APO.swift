import TensorCore

/// Anchored preference optimization (D'Oosterlinck et al., 2024) of the log-ratios `c` and `r`.
public enum AnchoredPreference: Sendable {
  /// `1 - σ(βc) + σ(βr)`: the chosen one goes up, the rejected one down; for chosen completions
  /// that are better than the model's.
  case zero
  /// `σ(βc) + 1 - σ(β(c-r))`: both go down, the rejected one further; for those that are worse.
  case down

  public func callAsFunction(_ logRatios: PairScores, beta: Float) -> Tensor {  // [P]
    let scaled = logRatios.map { $0 * beta }
    return switch self {
    case .zero: scaled.rejected.logistic() - scaled.chosen.logistic() + 1
    case .down: scaled.chosen.logistic() - scaled.margins.logistic() + 1
    }
  }
}
