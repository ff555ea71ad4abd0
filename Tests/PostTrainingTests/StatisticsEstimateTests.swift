import PostTraining
import Testing

struct StatisticsEstimateTests {
  /// 8 of 10 by Wilson's formula with z = 1.96: (0.49016, 0.94333), as printed in textbooks.
  @Test func wilsonMatchesTheTextbook() {
    let interval = wilsonInterval(successes: 8, of: 10)
    #expect(abs(interval.lowerBound - 0.4901625) < 1e-6)
    #expect(abs(interval.upperBound - 0.9433178) < 1e-6)
  }

  /// All of n succeeded: the lower bound is n / (n + z²), never a point.
  @Test(arguments: [1, 10, 1000]) func wilsonIsNoPointAtTheEnds(trials: Int) {
    let all = wilsonInterval(successes: trials, of: trials)
    let z = 1.959963984540054
    #expect(all.upperBound == 1)
    #expect(abs(all.lowerBound - Double(trials) / (Double(trials) + z * z)) < 1e-12)
    let none = wilsonInterval(successes: 0, of: trials)
    #expect(none.lowerBound == 0)
    #expect(abs(none.upperBound - (1 - all.lowerBound)) < 1e-12)
  }

  /// Means 1, ½, 0, ½: mean ½, sample variance 1/6, error √(1/24), t(3) = 3.1824463053.
  @Test func severalSamplesAverageWithinTheirItemFirst() throws {
    let estimate = try #require(
      Estimate.successRate([[true, true], [true, false], [false, false], [false, true]]))
    let error = (1.0 / 24).squareRoot()
    #expect(estimate.value == 0.5)
    #expect(estimate.items == 4)
    #expect(abs(try #require(estimate.standardError) - error) < 1e-15)
    let upper = try #require(estimate.interval).upperBound
    #expect(abs(upper - (0.5 + 3.1824463053 * error)) < 1e-9)
  }

  @Test func oneSampleAnItemTakesWilson() throws {
    let outcomes = (0..<10).map { [$0 < 8] }
    let estimate = try #require(Estimate.successRate(outcomes))
    #expect(estimate.interval == wilsonInterval(successes: 8, of: 10))
    #expect(abs(try #require(estimate.standardError) - (0.8 * 0.2 / 9).squareRoot()) < 1e-15)
  }

  @Test func itemsWithoutOutcomesSayNothing() {
    let judged: [[Bool]] = [[true], [false]]
    #expect(Estimate.successRate([[true], [], [false]]) == Estimate.successRate(judged))
    #expect(Estimate.successRate([[], []]) == nil)
    #expect(Estimate.mean(ofItems: []) == nil)
    #expect(Estimate.mean(ofItems: [0.5])?.standardError == nil)
    #expect(Estimate.mean(ofItems: [0.5])?.interval == nil)
  }

  /// The two differ by exactly ¼ on each item, whatever the item: no error is left.
  @Test func pairingCancelsTheItemsDifficulty() throws {
    let others = [0.0, 0.25, 0.5, 0.75]
    let better = others.map { $0 + 0.25 }
    let paired = try #require(Estimate.pairedDifference(better, others))
    #expect(paired.value == 0.25)
    #expect(paired.standardError == 0)
    #expect(try #require(Estimate.mean(ofItems: better)?.standardError) > 0.1)
  }

  /// Differences 1, 0, 0, -1, 1: mean 0.2, sample variance 0.7, error √0.14.
  @Test func pairedErrorIsThatOfTheDifferences() throws {
    let paired = try #require(Estimate.pairedDifference([1, 0, 1, 0, 1], [0, 0, 1, 1, 0]))
    #expect(abs(paired.value - 0.2) < 1e-15)
    #expect(abs(try #require(paired.standardError) - 0.14.squareRoot()) < 1e-15)
  }
}
