import Objectives
import Testing

struct ExplainedVarianceTests {
  /// Returns 0, 1, 2 have variance 1; the errors' variance is what is left.
  @Test(
    arguments: [
      ([0, 1, 2], 1), ([5, 6, 7], 1), ([1, 1, 1], 0), ([0, 0.5, 1], 0.75), ([2, 1, 0], -3),
    ] as [([Double], Double)])
  func comparesTheErrorsWithTheReturns(_ values: [Double], _ expected: Double) throws {
    let found = try #require(explainedVariance(values: values, returns: [0, 1, 2]))
    #expect(abs(found - expected) < 1e-15)
  }

  @Test func equalReturnsLeaveNothingToExplain() {
    #expect(explainedVariance(values: [1, 2], returns: [0.1, 0.1]) == nil)
    #expect(explainedVariance(values: [], returns: []) == nil)
  }
}
