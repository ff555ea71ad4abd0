import Kernels

/// The numbers of one AdamW update; see `Tensor.adamW`.
public struct AdamWRates: Sendable {
  var kernel: AdamW.Rates

  /// `correction1` is `1 − β₁ᵗ`, `correction2` is `1 − β₂ᵗ`.
  public init(
    learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float,
    correction1: Float, correction2: Float
  ) {
    kernel = .init(
      learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
      weightDecay: weightDecay, correction1: correction1, correction2: correction2)
  }
}

extension Tensor {
  /// One AdamW update of this weight and its moments, in place; snapshots keep the old values.
  public mutating func adamW(
    gradient: Tensor, gradientScale: Float, m: inout Tensor, v: inout Tensor, rates: AdamWRates
  ) {
    precondition(
      shape == gradient.shape && shape == m.shape && shape == v.shape,
      "adamW: \(shape), \(gradient.shape), \(m.shape), \(v.shape) differ")
    AdamW.update(
      writableBuffer(), gradient: gradient.buffer, gradientScale: gradientScale,
      m: m.writableBuffer(), v: v.writableBuffer(), rates: rates.kernel)
  }
}
