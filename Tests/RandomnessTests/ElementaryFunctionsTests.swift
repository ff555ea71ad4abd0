import Foundation
import Randomness
import Testing

/// Each function against libm's, to a few units in the last place.
@Suite struct ElementaryFunctionsTests {
  @Test(arguments: [1e-300, 1e-9, 0.3, 0.7071, 1, 1.41421, 2, 12345.678])
  func logarithm(_ x: Double) {
    #expect(abs(ElementaryFunctions.logarithm(x) - log(x)) <= 4e-16 * max(1, abs(log(x))))
  }

  @Test(arguments: [-600.0, -20.5, -1, 0, 1e-12, 0.5, 1, 3.3, 88, 650])
  func exponential(_ x: Double) {
    #expect(abs(ElementaryFunctions.exponential(x) / exp(x) - 1) <= 5e-16 * max(1, abs(x)))
  }

  @Test(arguments: [-7.5, 0, 0.1, 0.785398, 1.5707963, 3, 100, 4096, 131071.5])
  func cosineAndSine(_ angle: Double) {
    let (c, s) = ElementaryFunctions.cosineAndSine(angle)
    #expect(abs(c - cos(angle)) <= 1e-15 * max(1, abs(angle) * 1e-2))
    #expect(abs(s - sin(angle)) <= 1e-15 * max(1, abs(angle) * 1e-2))
  }

  @Test func power() {
    #expect(abs(ElementaryFunctions.power(10_000, -0.25) - 0.1) < 1e-16)
  }
}
