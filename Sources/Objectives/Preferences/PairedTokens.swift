import TensorCore

/// The scored tokens of a micro-batch's pairs, end to end: constants of the step.
///
/// Sequence `2p` is the chosen completion of pair `p`, sequence `2p + 1` the rejected one.
public struct PairedTokens: Sendable {
  /// Scored tokens of each completion, at least one.
  public let lengths: [Int]  // [2P]
  private let sequences: [Int32]  // [M]

  public init(lengths: [Int]) {
    precondition(lengths.count % 2 == 0, "PairedTokens: \(lengths.count) completions are no pairs")
    precondition(
      lengths.allSatisfy { $0 > 0 }, "PairedTokens: a completion without a scored token")
    self.lengths = lengths
    sequences = lengths.enumerated().flatMap { sequence, length in
      repeatElement(Int32(sequence), count: length)
    }
  }

  /// Pairs.
  public var count: Int { lengths.count / 2 }
  /// Scored tokens of both sides.
  public var chosenTokens: Int { stride(from: 0, to: lengths.count, by: 2).sum { lengths[$0] } }
  public var rejectedTokens: Int { stride(from: 1, to: lengths.count, by: 2).sum { lengths[$0] } }

  /// `Σ_t a_t x_t` of each completion: `a` is 1 as far as the pair's shorter completion reaches,
  /// and `tail` beyond (LD-DPO, Liu et al., 2024: `tail` is α).
  public func sums(of x: Tensor, tail: Float = 1) -> PairScores {
    precondition(x.count == sequences.count, "sums: \(x.count) elements, \(sequences.count) tokens")
    let weighed = tail == 1 ? x : x * Tensor(weights(ofTail: tail))
    let sums = weighed.segmentSums(sequences, count: lengths.count)
    let places = (0..<Int32(count)).map { 2 * $0 }
    return PairScores(
      chosen: sums.gathered(places), rejected: sums.gathered(places.map { $0 + 1 }))
  }

  /// Sums as means over each completion's tokens.
  public func means(of sums: PairScores) -> PairScores {
    func shares(_ side: Int) -> Tensor {
      Tensor((0..<count).map { Float(1 / Double(lengths[2 * $0 + side])) })
    }
    return PairScores(chosen: sums.chosen * shares(0), rejected: sums.rejected * shares(1))
  }

  private func weights(ofTail tail: Float) -> [Float] {
    lengths.enumerated().flatMap { sequence, length in
      let shorter = min(length, lengths[sequence ^ 1])
      return (0..<length).map { $0 < shorter ? 1 : tail }
    }
  }
}

extension Sequence {
  fileprivate func sum(_ value: (Element) -> Int) -> Int { reduce(0) { $0 + value($1) } }
}
