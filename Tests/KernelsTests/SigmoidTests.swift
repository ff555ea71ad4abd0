import Foundation
import Kernels
import TestSupport
import Testing

/// The logistic function and its logarithms: bit for bit their oracles, and close to the truth.
@Suite struct SigmoidTests {
  /// 40,000 arguments in ±30, so that two threads share them, and the awkward ones.
  private static let arguments: [Float] =
    randomBuffer(40_000, seed: 1).values.map { $0 * 30 }
    + [0, -0.0, 1e-8, -1e-8, 0x1p-20, -0x1p-20, -0.34, -0.340_000_03, -0.339_999_97, 17, -17]
    + [88, -88, 1000, -1000]

  @Test(arguments: [1, 2]) func bitsAreTheOracles(threads: Int) {
    let x = FloatBuffer(Self.arguments)
    let a = randomBuffer(x.count, seed: 2)
    let start = randomBuffer(x.count, seed: 3).values
    let functions: [(FloatBuffer, FloatBuffer, (Float) -> Float, (Float) -> Float)] = onThreads(
      threads
    ) {
      let sums = (0..<3).map { _ in FloatBuffer(start) }
      let values = (0..<3).map { _ in FloatBuffer(count: x.count) }
      Elementwise.logistics(of: x, into: values[0])
      Elementwise.addLogisticSlope(at: x, a, to: sums[0])
      Elementwise.logSigmoids(of: x, into: values[1])
      Elementwise.addLogSigmoidSlope(at: x, a, to: sums[1])
      Elementwise.logarithmsOfOneMinusExponential(of: x, into: values[2])
      Elementwise.addLogarithmOfOneMinusExponentialSlope(at: x, a, to: sums[2])
      return [
        (
          values[0], sums[0], Oracle.logistic,
          { Oracle.logistic($0) * Oracle.logistic(-$0) }
        ),
        (values[1], sums[1], Oracle.logSigmoid, { Oracle.logistic(-$0) }),
        (
          values[2], sums[2], Oracle.logarithmOfOneMinusExponential,
          {
            let (held, value) = Oracle.oneMinusExponential($0)
            return -(Oracle.exponential(held) / value)
          }
        ),
      ]
    }
    for (values, sums, function, slope) in functions {
      #expect(differences(values.values, Self.arguments.map(function)) == 0)
      let expected = Self.arguments.indices.map {
        start[$0].addingProduct(a[$0], slope(Self.arguments[$0]))
      }
      #expect(differences(sums.values, expected) == 0)
    }
  }

  /// Relative to the value, also where `σ` rounds to 1 and `eˣ` to 1: nothing cancels.
  @Test func theTruthIsNear() {
    for x in stride(from: -30.0, through: 30, by: 0.01).map({ Double(Float($0)) }) {
      let truth = min(x, 0) - log1p(exp(-abs(x)))
      #expect(abs(Double(Oracle.logSigmoid(Float(x))) - truth) <= 1e-6 * abs(truth), "\(x)")
      guard x < -1e-3 else { continue }
      let complement = x < -1 ? log1p(-exp(x)) : log(-expm1(x))
      let found = Double(Oracle.logarithmOfOneMinusExponential(Float(x)))
      #expect(abs(found - complement) <= 1e-6 * abs(complement), "\(x)")
    }
  }

  /// A certain token has log-probability 0, of which the odds are infinite: they are held.
  @Test func certaintyIsHeld() {
    #expect(Oracle.logarithmOfOneMinusExponential(0) == Oracle.logarithm(0x1p-20))
  }
}
