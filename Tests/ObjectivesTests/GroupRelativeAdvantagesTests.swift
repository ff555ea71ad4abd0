import Objectives
import Randomness
import Testing

struct GroupRelativeAdvantagesTests {
  struct Example: Sendable {
    var rewards: [Double?]
    var scale: AdvantageScale
    /// Of the best rollout and of the last one.
    var first, last: Double
  }

  /// In the first, mean ¼ and sample deviation ½: ¾ / (½ + 1e-4) and -¼ / (½ + 1e-4).
  static let examples = [
    Example(rewards: [1, 0, 0, 0], scale: .group, first: 1.4997000600, last: -0.4999000200),
    Example(rewards: [1, 1, 0, 0], scale: .group, first: 0.8658754298, last: -0.8658754298),
    Example(rewards: [1, 0, 0, 0], scale: .none, first: 0.75, last: -0.25),
    Example(rewards: [1, 0, 0, 0], scale: .leaveOneOut, first: 1, last: -1.0 / 3),
    Example(rewards: [1, 0, 0, 0], scale: .maxMean, first: 3, last: -1),
    Example(rewards: [1, 1, 1, 0], scale: .maxMean, first: 1.0 / 3, last: -1),
    Example(rewards: [0, -1, -1, -2], scale: .maxMean, first: 4, last: -4),
  ]

  @Test(arguments: examples)
  func matchesTheWorkedExamples(example: Example) throws {
    let advantages = groupRelativeAdvantages(example.rewards, scale: example.scale)
    #expect(abs(advantages[0] - example.first) < 1e-9)
    #expect(abs(try #require(advantages.last) - example.last) < 1e-9)
  }

  /// All four rewards of the step have mean ½ and sample deviation √⅓; each group's mean is its own.
  @Test func batchScaleTakesTheWholeStep() {
    let advantages = groupRelativeAdvantages([[1, 0], [1, 0]], scale: .batch, eta: 0)
    let expected = 0.5 / (1.0 / 3).squareRoot()
    #expect(abs(advantages[0][0] - expected) < 1e-15)
    #expect(abs(advantages[1][1] + expected) < 1e-15)
  }

  @Test(arguments: AdvantageScale.allCases)
  func noVerdictLeavesTheOthersAlone(scale: AdvantageScale) {
    let judged = groupRelativeAdvantages([1, 0, 0.5], scale: scale)
    let withGap = groupRelativeAdvantages([1, nil, 0, 0.5], scale: scale)
    #expect(withGap == [judged[0], 0, judged[1], judged[2]])
    #expect(groupRelativeAdvantages([nil, 3], scale: scale) == [0, 0])
    #expect(groupRelativeAdvantages([nil, nil] as [Double?], scale: scale) == [0, 0])
  }

  /// 0.1 + 0.1 + 0.1 is not 0.3 in binary; equal rewards must still give exactly nothing.
  @Test(arguments: AdvantageScale.allCases)
  func equalRewardsGiveExactlyZero(scale: AdvantageScale) {
    for reward in [0.1, 1e-6, 1e6, -7.3] {
      let groups: [[Double?]] = [Array(repeating: reward, count: 7), [1, 0]]
      #expect(groupRelativeAdvantages(groups, scale: scale)[0] == Array(repeating: 0, count: 7))
    }
  }

  @Test func groupScaleNeverExceedsTheBesselBound() {
    var random = RandomStream(seed: 2)
    for exponent in -6...6 {
      let magnitude = (0..<abs(exponent)).reduce(1.0) { x, _ in exponent < 0 ? x / 10 : x * 10 }
      for size in 2...16 {
        let rewards: [Double?] = (0..<size).map { _ in magnitude * random.normal() }
        let lonely: [Double?] = [magnitude] + Array(repeating: 0, count: size - 1)
        let bound = Double(size - 1) / Double(size).squareRoot()
        for group in [rewards, lonely] {
          let advantages = groupRelativeAdvantages(group, scale: .group, eta: 0)
          #expect(advantages.allSatisfy { abs($0) <= bound * (1 + 1e-12) })
          #expect(abs(advantages.reduce(0, +)) < 1e-12)
        }
      }
    }
  }

  /// In one pass, `E[r²] - E[r]²` of such rewards is noise; from the first reward it is exact.
  @Test func smallDifferencesOfLargeRewardsSurvive() {
    let advantages = groupRelativeAdvantages([1e9 + 1, 1e9, 1e9, 1e9], scale: .group, eta: 0)
    #expect(abs(advantages[0] - 1.5) < 1e-15)
  }

  @Test(arguments: [AdvantageScale.none, .group, .batch])
  func matchesTRL(scale: AdvantageScale) throws {
    let golden = try LossFixtures.shared.get().grpo.groupAdvantages
    let size = golden.numGenerations
    let groups = stride(from: 0, to: golden.rewards.count, by: size).map { start in
      golden.rewards[start..<start + size].map { Optional($0) }
    }
    let expected = try #require(golden.scaleRewards[scale.rawValue])
    let advantages = groupRelativeAdvantages(groups, scale: scale, eta: 1e-4).flatMap { $0 }
    #expect(advantages.count == expected.count)
    for (advantage, number) in zip(advantages, expected) {
      #expect(abs(advantage - number) < 1e-9)
    }
  }
}
