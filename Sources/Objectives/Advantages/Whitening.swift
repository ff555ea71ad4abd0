/// A step's numbers with deviation 1 and mean 0: `(x - mean) / √(s² + 1e-8)`, `s²` the sample's.
///
/// All numbers of all sequences are one sample, so this is for the whole step before any split.
/// Without `shiftsMean` the mean stays (rewards must keep their sign): then equal numbers stay what
/// they are; with it they become exactly 0. TRL's and verl's `masked_whiten`.
public func whitened(_ sequences: [[Double]], shiftsMean: Bool = true) -> [[Double]] {
  let spread = Spread(of: Array(sequences.joined()))
  guard !spread.isZero else { return shiftsMean ? sequences.map { $0.map { _ in 0 } } : sequences }
  let deviation = spread.sampleDeviation
  let divisor = (deviation * deviation + 1e-8).squareRoot()
  return sequences.map { sequence in
    sequence.map { spread.distanceFromMean(of: $0) / divisor + (shiftsMean ? 0 : spread.mean) }
  }
}
