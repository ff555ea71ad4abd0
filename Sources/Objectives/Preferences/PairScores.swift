import TensorCore

/// A number for each completion of each pair: log-probabilities, log-ratios, rewards.
public struct PairScores: Sendable {
  public let chosen, rejected: Tensor  // [P]

  public init(chosen: Tensor, rejected: Tensor) {
    precondition(
      chosen.shape == rejected.shape && chosen.shape.rank == 1,
      "PairScores: \(chosen.shape) chosen and \(rejected.shape) rejected")
    (self.chosen, self.rejected) = (chosen, rejected)
  }

  public var count: Int { chosen.count }

  /// How much better the chosen one scores.
  public var margins: Tensor { chosen - rejected }  // [P]

  /// `log π - log π_ref`, where `self` is the first and `reference` the second.
  public func ratios(to reference: PairScores) -> PairScores {
    PairScores(chosen: chosen - reference.chosen, rejected: rejected - reference.rejected)
  }

  func map(_ body: (Tensor) -> Tensor) -> PairScores {
    PairScores(chosen: body(chosen), rejected: body(rejected))
  }
}
