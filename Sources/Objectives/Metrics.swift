/// Named numbers that know how the parts of a step combine.
public struct Metrics: Sendable, Equatable {
  /// One number in the making. A mean keeps its two sums, so parts of any size combine exactly.
  public enum Value: Sendable, Equatable {
    case mean(sum: Double, weight: Double)
    case sum(Double)
    case minimum(Double)
    case maximum(Double)

    /// What is reported; `nil` for the mean of nothing.
    public var number: Double? {
      switch self {
      case .mean(let sum, let weight): weight == 0 ? nil : sum / weight
      case .sum(let number), .minimum(let number), .maximum(let number): number
      }
    }

    /// A mean over `values`, each with weight 1.
    public static func mean(of values: some Sequence<Float>) -> Value {
      var (sum, count) = (0.0, 0.0)
      for value in values { (sum, count) = (sum + Double(value), count + 1) }
      return .mean(sum: sum, weight: count)
    }

    fileprivate func combined(with other: Value, named name: String) -> Value {
      switch (self, other) {
      case (.mean(let sum, let weight), .mean(let otherSum, let otherWeight)):
        .mean(sum: sum + otherSum, weight: weight + otherWeight)
      case (.sum(let a), .sum(let b)): .sum(a + b)
      case (.minimum(let a), .minimum(let b)): .minimum(worse(a, b, choose: Swift.min))
      case (.maximum(let a), .maximum(let b)): .maximum(worse(a, b, choose: Swift.max))
      default: preconditionFailure("metric \(name): \(self) and \(other) do not combine")
      }
    }

    /// `NaN` wins: a number that went wrong must not hide behind one that did not.
    private func worse(
      _ a: Double, _ b: Double, choose: (Double, Double) -> Double
    ) -> Double {
      a.isNaN ? a : b.isNaN ? b : choose(a, b)
    }
  }

  public private(set) var values: [String: Value]

  public init(_ values: [String: Value] = [:]) { self.values = values }

  /// The reported number; `nil` where nothing was measured.
  public subscript(_ name: String) -> Double? { values[name]?.number }

  /// Combines `value` with what already stands under `name`.
  public mutating func record(_ name: String, _ value: Value) {
    values[name] = values[name]?.combined(with: value, named: name) ?? value
  }

  /// Adds what another micro-batch, rollout or update measured.
  public mutating func merge(_ other: Metrics) {
    for (name, value) in other.values { record(name, value) }
  }

  /// The same numbers with each sum as one observation of a mean: a step's updates average.
  public var settled: Metrics {
    Metrics(
      values.mapValues { value in
        if case .sum(let number) = value { return .mean(sum: number, weight: 1) }
        return value
      })
  }
}
