/// Scalar loops that define the bits of the kernels: slow, plain, and the last word.
enum Oracle {
  /// `eˣ`: `2ⁿ · p(x − n ln 2)`, with n the nearest integer and p Cephes' polynomial by Horner.
  static func exponential(_ input: Float) -> Float {
    let x = min(max(input, -87.3), 87.3)
    let n = Float(0).addingProduct(x, 1.442_695_04).rounded(.toNearestOrEven)
    let r = x.addingProduct(n, -0.693_359_375).addingProduct(n, 2.121_944_4e-4)
    let coefficients: [Float] = [
      1.398_199_950_7e-3, 8.333_451_907_3e-3, 4.166_579_589_4e-2, 1.666_666_545_9e-1, 0.5,
    ]
    let p = coefficients.reduce(Float(1.987_569_15e-4)) { $1.addingProduct($0, r) }
    let mantissa = (r + 1).addingProduct(p, r * r)
    return mantissa * Float(sign: .plus, exponent: Int(n), significand: 1)
  }

  /// `ln x`: `n ln 2 + q(m − 1)` with `x = 2ⁿ m` and m in `√½..<√2`.
  static func logarithm(_ x: Float) -> Float {
    var n = x.exponent
    var m = x.significand
    // The float nearest to √2 belongs to the upper octave.
    if m >= 2 * Float(bitPattern: 0x3f35_04f3) { (n, m) = (n + 1, m / 2) }
    let z = m - 1
    let coefficients: [Float] = [
      -1.151_461_031_0e-1, 1.167_699_874_0e-1, -1.242_014_084_6e-1, 1.424_932_278_7e-1,
      -1.666_805_766_5e-1, 2.000_071_476_5e-1, -2.499_999_399_3e-1, 3.333_333_117_4e-1,
    ]
    let p = coefficients.reduce(Float(7.037_683_629_2e-2)) { $1.addingProduct($0, z) }
    let square = z * z
    let tail = (p * z * square).addingProduct(Float(n), -2.121_944_4e-4)
      .addingProduct(-0.5, square)
    return (z + tail).addingProduct(Float(n), 0.693_359_375)
  }

  static func logistic(_ x: Float) -> Float { 1 / (1 + exponential(-x)) }

  /// `ln(1 + u)`: Kahan's factor gives back what `1 + u` lost.
  static func logarithmOfOnePlus(_ u: Float) -> Float {
    let w = 1 + u
    return w == 1 ? u : logarithm(w) * (u / (w - 1))
  }

  static func logSigmoid(_ x: Float) -> Float {
    min(x, 0) - logarithmOfOnePlus(exponential(-abs(x)))
  }

  /// `1 − eˣ` of `x` held at most `-2⁻²⁰`: near 0 by `x + x² q(x)`, without a difference.
  static func oneMinusExponential(_ input: Float) -> (held: Float, value: Float) {
    let x = min(input, -0x1p-20)
    guard x > -0.34 else { return (x, 1 - exponential(x)) }
    let coefficients: [Float] = [
      1.398_199_950_7e-3, 8.333_451_907_3e-3, 4.166_579_589_4e-2, 1.666_666_545_9e-1, 0.5,
    ]
    let q = coefficients.reduce(Float(1.987_569_15e-4)) { $1.addingProduct($0, x) }
    return (x, -x.addingProduct(q, x * x))
  }

  static func logarithmOfOneMinusExponential(_ input: Float) -> Float {
    let (x, value) = oneMinusExponential(input)
    return x > -0.34 ? logarithm(value) : logarithmOfOnePlus(-exponential(x))
  }

  /// Sixteen sums of the elements `i mod 16`, each a chain `step(element, sum)`, then halves first:
  /// lane `i` takes lane `i + 8`, then `i + 4`, `i + 2`, `i + 1`.
  static func laneSum(_ count: Int, _ step: (Int, Float) -> Float) -> Float {
    var lanes = [Float](repeating: 0, count: 16)
    for index in 0..<count { lanes[index % 16] = step(index, lanes[index % 16]) }
    for half in [8, 4, 2, 1] {
      for lane in 0..<half { lanes[lane] += lanes[lane + half] }
    }
    return lanes[0]
  }

  /// `s ← fma(a, b, s)` over the terms in order.
  static func chain(_ terms: Int, from start: Float = 0, _ term: (Int) -> (Float, Float)) -> Float {
    (0..<terms).reduce(start) { sum, index in
      let (a, b) = term(index)
      return sum.addingProduct(a, b)
    }
  }
}
