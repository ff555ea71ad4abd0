/// Counts over the whole optimizer step, taken after masking and before any forward.
public struct StepTotals: Sendable, Equatable {
  /// `N`, all trained tokens.
  public let tokens: Int
  /// `S`, the sequences that have at least one trained token.
  public let sequences: Int

  /// Counts a step from its sequences' trained tokens; sequences without any do not exist for it.
  public init(lengths: some Sequence<Int>) {
    var (tokens, sequences) = (0, 0)
    for length in lengths where length > 0 {
      tokens += length
      sequences += 1
    }
    (self.tokens, self.sequences) = (tokens, sequences)
  }
}

/// How per-token losses become one number: a constant weight for each token of a sequence.
///
/// The weight depends on the sequence's own length and the step's totals alone, so micro-batches
/// only add and no loss divides.
public enum Aggregation: Sendable, Equatable {
  /// `1 / N`: every token of the step counts the same (DAPO, SFT).
  case tokenMean
  /// `1 / (S · n)`: every sequence counts the same, by the mean of its tokens (GRPO).
  case sequenceMean
  /// `1 / (S · length)`: a divisor that no completion can influence (Dr. GRPO).
  case constant(length: Int)
  /// `1 / S`: the mean over sequences of the sum over tokens.
  case sequenceSum

  /// The weight of each of the `length` trained tokens of one sequence.
  public func weight(ofSequence length: Int, in totals: StepTotals) -> Double {
    guard length > 0 else { return 0 }
    return switch self {
    case .tokenMean: 1 / Double(totals.tokens)
    case .sequenceMean: 1 / (Double(totals.sequences) * Double(length))
    case .constant(let divisor): 1 / (Double(totals.sequences) * Double(divisor))
    case .sequenceSum: 1 / Double(totals.sequences)
    }
  }
}
