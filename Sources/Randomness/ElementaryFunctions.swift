/// Elementary functions from IEEE operations alone: libm's bits differ between versions.
///
/// Accurate to a few units in the last place, which is all that tables and schedules need.
public enum ElementaryFunctions {
  /// `ln x` for positive `x`.
  public static func logarithm(_ x: Double) -> Double {
    var exponent = Double(x.exponent)
    var mantissa = x.significand
    if mantissa > 1.4142135623730951 {
      mantissa /= 2
      exponent += 1
    }
    let z = (mantissa - 1) / (mantissa + 1)  // ln m = 2 artanh z, |z| ≤ 0.172
    let square = z * z
    var sum = 0.0
    for odd in stride(from: 23, through: 1, by: -2) { sum = sum * square + 1 / Double(odd) }
    return exponent * 0.6931471805599453 + 2 * z * sum
  }

  /// `eˣ` for `|x| < 700`.
  public static func exponential(_ x: Double) -> Double {
    let n = (x * 1.4426950408889634).rounded(.toNearestOrEven)
    let r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10
    var sum = 1.0
    for k in stride(from: 15, through: 1, by: -1) { sum = 1 + sum * r / Double(k) }
    return Double(sign: .plus, exponent: Int(n), significand: 1) * sum
  }

  /// `baseᵉˣᵖᵒⁿᵉⁿᵗ` for a positive base.
  public static func power(_ base: Double, _ exponent: Double) -> Double {
    exponential(exponent * logarithm(base))
  }

  /// The cosine and sine of an angle in radians, `|angle| < 10⁶`.
  public static func cosineAndSine(_ angle: Double) -> (cosine: Double, sine: Double) {
    let quarter = (angle * 0.6366197723675814).rounded(.toNearestOrEven)
    // π/2 in three parts, so that large positions keep their accuracy.
    var r = angle - quarter * 1.5707963267341256
    r -= quarter * 6.0771005063039660e-11
    r -= quarter * 2.0222662487959506e-21
    let square = r * r
    var cosine = 1.0
    var sine = 1.0
    for k in stride(from: 10, through: 1, by: -1) {
      let even = Double(2 * k)
      cosine = 1 - cosine * square / (even * (even - 1))
      sine = 1 - sine * square / (even * (even + 1))
    }
    sine *= r
    switch Int(quarter) & 3 {
    case 0: return (cosine, sine)
    case 1: return (-sine, cosine)
    case 2: return (-cosine, -sine)
    default: return (sine, -cosine)
    }
  }
}
