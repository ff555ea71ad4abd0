import Vectors

/// The logistic function, its logarithm and that of its complement, and their slopes.
extension Elementwise {
  /// `c = σ(a)`.
  public static func logistics(of a: FloatBuffer, into c: FloatBuffer) {
    map(a, a, c) { value, _ in logistic(value) }
  }

  /// `c = c + a · σ(x) · σ(−x)`.
  public static func addLogisticSlope(at x: FloatBuffer, _ a: FloatBuffer, to c: FloatBuffer) {
    map3(x, a, c.source, c) { x, a, sum in fused(a, logistic(x) * logistic(-x), sum) }
  }

  /// `c = ln σ(a)`.
  public static func logSigmoids(of a: FloatBuffer, into c: FloatBuffer) {
    map(a, a, c) { value, _ in logSigmoid(value) }
  }

  /// `c = c + a · σ(−x)`.
  public static func addLogSigmoidSlope(at x: FloatBuffer, _ a: FloatBuffer, to c: FloatBuffer) {
    map3(x, a, c.source, c) { x, a, sum in fused(a, logistic(-x), sum) }
  }

  /// `c = ln(1 − eᵃ)`, with `a` held at most `-2⁻²⁰`.
  public static func logarithmsOfOneMinusExponential(of a: FloatBuffer, into c: FloatBuffer) {
    map(a, a, c) { value, _ in logarithmOfOneMinusExponential(value) }
  }

  /// `c = c − a · eˣ / (1 − eˣ)`, with `x` held as above.
  public static func addLogarithmOfOneMinusExponentialSlope(
    at x: FloatBuffer, _ a: FloatBuffer, to c: FloatBuffer
  ) {
    map3(x, a, c.source, c) { x, a, sum in
      let (held, complement) = oneMinusExponential(x)
      return fused(-a, exponential(held) / complement, sum)
    }
  }
}
