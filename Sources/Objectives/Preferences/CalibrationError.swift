import Foundation

/// How far a ranking's certainty is from its accuracy: the expected calibration error.
///
/// A margin `m = r⁺ - r⁻` says that the first is better with probability `σ(m)`, so its certainty
/// is `σ(|m|)`, and it is right where `m > 0`. Over `bins` equal bins of `[½, 1]`, the mean of
/// `|share right - mean certainty|`, weighed by the pairs in each; Naeini et al., "Obtaining well
/// calibrated probabilities using Bayesian binning" (2015). 0 where there are no pairs.
public func calibrationError(ofMargins margins: [Double], bins: Int = 10) -> Double {
  precondition(bins > 0, "calibrationError: \(bins) bins")
  var (count, certainty, right) = (
    Array(repeating: 0.0, count: bins), Array(repeating: 0.0, count: bins),
    Array(repeating: 0.0, count: bins)
  )
  for margin in margins {
    let probability = 1 / (1 + exp(-abs(margin)))
    let bin = min(bins - 1, Int((probability - 0.5) * 2 * Double(bins)))
    count[bin] += 1
    certainty[bin] += probability
    right[bin] += margin > 0 ? 1 : 0
  }
  let distance = zip(right, certainty).reduce(0) { $0 + abs($1.0 - $1.1) }
  return margins.isEmpty ? 0 : distance / Double(margins.count)
}
