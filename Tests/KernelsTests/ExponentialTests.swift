import Foundation
import Kernels
import Testing
import Vectors

/// Values whose bits differ from the expected ones.
func differences(_ found: [Float], _ expected: [Float]) -> Int {
  precondition(found.count == expected.count, "\(found.count) and \(expected.count) values")
  return zip(found, expected).count { $0.bitPattern != $1.bitPattern }
}

@Suite struct ExponentialTests {
  /// Every 1/512 of -87.3...87.3, and beyond the ends.
  static let arguments: [Float] =
    (-44_800...44_800).map { Float($0) / 512 } + [-.infinity, .infinity, -1e30, 0, -0.0]

  @Test func exponentialHasTheOraclesBits() {
    let input = FloatBuffer(Self.arguments)
    let output = FloatBuffer(count: input.count)
    Elementwise.exponentials(of: input, into: output)
    #expect(differences(output.values, Self.arguments.map(Oracle.exponential)) == 0)
  }

  /// Relative error below 2⁻²² against Double over the range that is not held at its ends.
  @Test func exponentialIsAccurate() {
    let worst = Self.arguments.filter { abs($0) <= 87.3 }.reduce(0.0) { worst, x in
      let exact = exp(Double(x))
      return max(worst, abs(Double(Oracle.exponential(x)) - exact) / exact)
    }
    #expect(worst < 0x1p-22)
  }

  /// 4096 values in each octave that a softmax's total or a probability can reach.
  static let positives: [Float] =
    (-126...127).flatMap { exponent in
      (0..<64).map { Float(sign: .plus, exponent: exponent, significand: 1 + Float($0) / 64) }
    } + (0..<8192).map { 0.5 + Float($0) / 4096 }

  @Test func logarithmHasTheOraclesBits() {
    let found = Self.positives.map { logarithm($0) as Float }
    #expect(differences(found, Self.positives.map(Oracle.logarithm)) == 0)
  }

  /// Error below 2⁻²² where `|ln x| ≤ 1`, and below 2⁻²³ of the value elsewhere.
  @Test func logarithmIsAccurate() {
    for x in Self.positives {
      let exact = log(Double(x))
      let error = abs(Double(Oracle.logarithm(x)) - exact)
      #expect(error < max(0x1p-22, abs(exact) * 0x1p-23))
    }
  }

  /// Between the smallest rise that `1 + x` sees and 80, of both signs.
  static let rises: [Float] = (-40...6).flatMap { exponent in
    (0..<32).flatMap { step -> [Float] in
      let x = Float(sign: .plus, exponent: exponent, significand: 1 + Float(step) / 32)
      return x <= 80 ? [x, -x] : [-x]
    }
  }

  /// Bits of the oracle, and a relative error below 2⁻²¹ also where the result is small.
  @Test func smallRisesKeepTheirShare() {
    for x in Self.rises {
      let risen = exponentialMinusOne(splat(x))[0]
      #expect(risen.bitPattern == Oracle.exponentialMinusOne(x).bitPattern)
      #expect(abs(Double(risen) / expm1(Double(x)) - 1) < 0x1p-21, "expm1 \(x)")
      guard x > -0.75 else { continue }
      let logarithm = logarithmOfOnePlus(splat(x))[0]
      #expect(logarithm.bitPattern == Oracle.logarithmOfOnePlus(x).bitPattern)
      #expect(abs(Double(logarithm) / log1p(Double(x)) - 1) < 0x1p-21, "log1p \(x)")
    }
  }
}
