/// The share of the returns' variance that the values predict, `1 - Var(R - V) / Var(R)`.
///
/// 1 is a perfect value function, 0 one that knows the mean alone, below 0 one that misleads. `nil`
/// where all returns are equal, and there is nothing to explain.
public func explainedVariance(values: [Double], returns: [Double]) -> Double? {
  precondition(
    values.count == returns.count,
    "explainedVariance: \(values.count) values and \(returns.count) returns differ")
  let deviation = Spread(of: returns).sampleDeviation
  guard deviation > 0 else { return nil }
  let rest = Spread(of: zip(returns, values).map { $0 - $1 }).sampleDeviation / deviation
  return 1 - rest * rest
}
