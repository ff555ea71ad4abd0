import TensorCore

/// What aggregation leaves of a micro-batch: a weight a token, and whose token it is.
///
/// Only trained tokens are in it: a mask is the choice of rows, so a loss cannot forget it.
public struct TrainedTokens: Sendable {
  public let weights: Tensor  // [M]
  /// Each token's sequence, rising; a sequence is never split over micro-batches.
  public let sequences: [Int32]  // [M]
  /// The trained tokens of each sequence of the micro-batch, 0 included.
  public let lengths: [Int]

  /// Weighs sequences of `lengths` trained tokens, laid end to end.
  public init(lengths: [Int], aggregation: Aggregation, totals: StepTotals) {
    let weights = lengths.flatMap { length in
      repeatElement(Float(aggregation.weight(ofSequence: length, in: totals)), count: length)
    }
    let sequences = lengths.enumerated().flatMap { sequence, length in
      repeatElement(Int32(sequence), count: length)
    }
    (self.weights, self.sequences, self.lengths) = (Tensor(weights), sequences, lengths)
  }

  /// Takes weights as they are, for objectives that weigh tokens by a law of their own.
  public init(weights: Tensor, sequences: [Int32]) {
    precondition(
      weights.count == sequences.count,
      "TrainedTokens: \(weights.count) weights for \(sequences.count) tokens")
    precondition(
      zip(sequences, sequences.dropFirst()).allSatisfy { $0 <= $1 } && (sequences.first ?? 0) >= 0,
      "TrainedTokens: sequences must rise from 0 or more")
    var lengths = Array(repeating: 0, count: (sequences.last.map { Int($0) } ?? -1) + 1)
    for sequence in sequences { lengths[Int(sequence)] += 1 }
    (self.weights, self.sequences, self.lengths) = (weights, sequences, lengths)
  }

  public var count: Int { sequences.count }

  /// The same tokens with each one's weight times a constant: a mask, or a correction.
  public func weighted(by factors: Tensor) -> TrainedTokens {
    check(factors, "weighted: factors")
    return TrainedTokens(
      weights: weights * factors.detached, sequences: sequences, lengths: lengths)
  }

  private init(weights: Tensor, sequences: [Int32], lengths: [Int]) {
    (self.weights, self.sequences, self.lengths) = (weights, sequences, lengths)
  }

  /// One number a sequence, such as its advantage, on each of its tokens.
  public func repeating(_ perSequence: [Double]) -> Tensor {  // [M]
    precondition(
      perSequence.count == lengths.count,
      "repeating: \(perSequence.count) numbers for \(lengths.count) sequences")
    return Tensor(sequences.map { Float(perSequence[Int($0)]) })
  }

  /// One tensor element a sequence on each of its tokens.
  func repeating(_ perSequence: Tensor) -> Tensor { perSequence.gathered(sequences) }  // [M]

  /// `1 / n` on each token of a sequence of `n`.
  var shares: Tensor { repeating(lengths.map { 1 / Double(max(1, $0)) }) }  // [M]

  /// `Σ x` over each sequence's tokens.
  func sums(of x: Tensor) -> Tensor {  // [lengths.count]
    x.segmentSums(sequences, count: lengths.count)
  }

  func check(_ x: Tensor, _ name: String) {
    precondition(x.count == count, "\(name): \(x.count) elements for \(count) trained tokens")
  }
}
