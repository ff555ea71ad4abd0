import TensorCore

/// `1 − β₁ᵗ` and `1 − β₂ᵗ`, by which Adam's means, which begin at 0, fall short.
///
/// Running products in `Double`: libm's `pow` has other bits elsewhere.
struct BiasCorrection: Sendable {
  private var powers = (1.0, 1.0)

  var first: Float { Float(1 - powers.0) }
  var second: Float { Float(1 - powers.1) }

  mutating func advance(beta1: Double, beta2: Double) {
    powers = (powers.0 * beta1, powers.1 * beta2)
  }

  /// The two powers, each as three floats that add up to it.
  var state: Tensor? {
    get { Tensor([powers.0, powers.1].flatMap(splitDouble)) }
    set {
      powers = (1, 1)
      if let stored = newValue?.values, stored.count == 6 {
        powers = (joinedDouble(stored[0..<3]), joinedDouble(stored[3..<6]))
      }
    }
  }
}

/// A `Double` as three floats whose sum it is, exactly: checkpoints hold F32 alone.
private func splitDouble(_ value: Double) -> [Float] {
  var rest = value
  return (0..<3).map { _ in
    let part = Float(rest)
    rest -= Double(part)
    return part
  }
}

private func joinedDouble(_ parts: ArraySlice<Float>) -> Double {
  parts.reversed().reduce(0) { $0 + Double($1) }
}
