import Objectives
import Testing

struct GeneralizedAdvantagesTests {
  /// δ = [-.01 + .4 - .3, .02 + .6 - .4, 1 - .6] = [.09, .22, .4]; then Â₂ = .22 + .95 · .4 = .6
  /// and Â₁ = .09 + .95 · .6 = .66. Whitened they have mean 0 and Bessel's deviation 1.
  @Test func matchesTheWorkedExample() {
    let found = generalizedAdvantages(
      rewards: [-0.01, 0.02, 1], values: [0.3, 0.4, 0.6], gamma: 1, lambda: 0.95)
    expectNear(found.advantages, [0.66, 0.6, 0.4])
    expectNear(found.returns, [0.96, 1, 1])
    expectNear(whitened([found.advantages])[0], [0.78352316, 0.34279138, -1.12631454])
  }

  /// With γ = λ = 1 a return is the sum of all that is still to come, whatever the values say.
  @Test func returnsAreSumsWithoutDiscounts() {
    let found = generalizedAdvantages(
      rewards: [1, 2, 4], values: [9, -3, 0.5], gamma: 1, lambda: 1, bootstrap: 8)
    #expect(found.returns == [15, 14, 12])
  }

  @Test func noTokenHasNoAdvantage() {
    let found = generalizedAdvantages(rewards: [], values: [], gamma: 1, lambda: 1)
    #expect(found == AdvantageEstimate(advantages: [], returns: []))
  }

  @Test func matchesTheRecursionWithABootstrap() throws {
    let golden = try LossFixtures.shared.get().ppo.gae
    for expected in golden.cases {
      for (row, rewards) in golden.rewards.enumerated() {
        let values = golden.valuesTPlus1[row]
        let found = generalizedAdvantages(
          rewards: rewards, values: Array(values.dropLast()), gamma: expected.gamma,
          lambda: expected.lam, bootstrap: try #require(values.last))
        expectNear(found.advantages, expected.advantages[row], 1e-11)
        expectNear(found.returns, expected.returns[row], 1e-11)
      }
    }
    #expect(golden.cases.count == 3)
  }
}

/// Numbers in `Double`, each to `tolerance`.
func expectNear(
  _ found: [Double], _ expected: [Double], _ tolerance: Double = 1e-7,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let isNear =
    found.count == expected.count
    && zip(found, expected).allSatisfy { abs($0 - $1) <= tolerance }
  #expect(isNear, "\(found) and not \(expected)", sourceLocation: sourceLocation)
}
