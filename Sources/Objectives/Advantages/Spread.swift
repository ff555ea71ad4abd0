/// Numbers measured from the first of them: small differences of large numbers survive.
struct Spread {
  let values: [Double]
  private let origin: Double
  /// The mean's distance from the origin.
  private let shift: Double

  init(of values: [Double]) {
    for value in values {
      precondition(value.isFinite, "Spread: a number is \(value)")
    }
    let origin = values.first ?? 0
    self.values = values
    self.origin = origin
    shift = values.reduce(0) { $0 + ($1 - origin) } / Double(max(values.count, 1))
  }

  var isZero: Bool { values.allSatisfy { $0 == origin } }

  var mean: Double { origin + shift }

  func distanceFromMean(of value: Double) -> Double { (value - origin) - shift }

  /// From `Σ w x / Σ w`, one weight a value.
  func distance(of value: Double, fromMeanWeightedBy weights: [Double]) -> Double {
    let total = weights.reduce(0, +)
    let sum = zip(values, weights).reduce(0) { $0 + ($1.0 - origin) * $1.1 }
    return (value - origin) - (total > 0 ? sum / total : 0)
  }

  /// `√(Σ d² / (n - 1))`, scaled so that no square underflows.
  var sampleDeviation: Double {
    let distances = values.map(distanceFromMean)
    let largest = distances.reduce(0) { max($0, abs($1)) }
    guard !isZero, largest > 0 else { return 0 }
    let squares = distances.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }
    return largest * (squares / Double(values.count - 1)).squareRoot()
  }
}
