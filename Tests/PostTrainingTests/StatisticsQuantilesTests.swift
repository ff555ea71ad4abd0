import Testing

@testable import PostTraining

struct StatisticsQuantilesTests {
  /// The 0.975 column of any table of Student's distribution.
  @Test(arguments: [
    (1, 12.7062047364), (2, 4.3026527297), (3, 3.1824463053), (4, 2.7764451052),
    (5, 2.5705818366), (10, 2.2281388520), (29, 2.0452296421), (30, 2.0422724563),
    (100, 1.9839715185), (1000, 1.9623390808),
  ])
  func studentMatchesTheTable(degrees: Int, quantile: Double) {
    let found = studentQuantile(confidence: 0.95, degrees: degrees)
    #expect(abs(found - quantile) < 1e-9)
  }

  /// `P(|T| <= 1)` is ½ for one degree of freedom and 1/√3 for two.
  @Test func studentMatchesItsClosedForms() {
    #expect(abs(studentCentralProbability(1, degrees: 1) - 0.5) < 1e-15)
    #expect(abs(studentCentralProbability(1, degrees: 2) - 1 / 3.0.squareRoot()) < 1e-15)
    #expect(studentCentralProbability(0, degrees: 7) == 0)
  }

  @Test func studentTendsToTheNormal() {
    #expect(abs(normalQuantile(confidence: 0.95) - 1.959963984540054) < 1e-12)
    #expect(abs(normalQuantile(confidence: 0.99) - 2.575829303548901) < 1e-12)
    let gap = studentQuantile(confidence: 0.95, degrees: 20_000) - 1.959963984540054
    #expect(gap > 0 && gap < 1.3e-4)  // (z³ + z) / 4ν = 1.2e-4
  }
}
