import Foundation

/// `x` with `P(|Z| <= x) = confidence` for a standard normal `Z`: 1.96 for 0.95.
func normalQuantile(confidence: Double) -> Double {
  inverse(of: { erf($0 / 2.0.squareRoot()) }, at: confidence)
}

/// `x` with `P(|T| <= x) = confidence` for Student's `T` with `degrees` degrees of freedom.
func studentQuantile(confidence: Double, degrees: Int) -> Double {
  inverse(of: { studentCentralProbability($0, degrees: degrees) }, at: confidence)
}

/// `P(|T| <= t)` as the finite trigonometric sum that whole degrees of freedom allow.
///
/// With `θ = atan(t / √ν)`: `sin θ (1 + ½ cos² θ + 1·3/2·4 cos⁴ θ + …)` for even `ν`, and
/// `2/π (θ + sin θ (cos θ + 2/3 cos³ θ + 2·4/3·5 cos⁵ θ + …))` for odd, up to `cos^(ν-2) θ`.
func studentCentralProbability(_ t: Double, degrees: Int) -> Double {
  precondition(degrees >= 1, "studentCentralProbability: \(degrees) degrees of freedom")
  let angle = atan(t / Double(degrees).squareRoot())
  let (sine, cosine) = (sin(angle), cos(angle))
  let isOdd = degrees % 2 == 1
  var term = isOdd ? cosine : 1
  var sum = degrees == 1 ? 0 : term
  for power in stride(from: isOdd ? 3 : 2, through: degrees - 2, by: 2) {
    term *= cosine * cosine * Double(power - 1) / Double(power)
    sum += term
  }
  return isOdd ? 2 / .pi * (angle + sine * sum) : sine * sum
}

/// Where a rising function that starts below `target` reaches it, by bisection to the last bit.
private func inverse(of function: (Double) -> Double, at target: Double) -> Double {
  precondition(target > 0 && target < 1, "quantile: confidence \(target) is not in 0..<1")
  var (low, high) = (0.0, 1.0)
  while function(high) < target { (low, high) = (high, high * 2) }
  while true {
    let middle = (low + high) / 2
    guard middle > low, middle < high else { return high }
    if function(middle) < target { low = middle } else { high = middle }
  }
}
