import Objectives
import Randomness
import Testing

struct GroupRelativeAdvantagesTests {
  struct Example: Sendable {
    var rewards: [Double?]
    var rule: AdvantageRule
    /// Of the best rollout and of the last one.
    var first, last: Double

    init(
      _ rewards: [Double?], _ baseline: AdvantageBaseline = .groupMean,
      _ scale: AdvantageScale = .none, bestOf: Int = 0, first: Double, last: Double
    ) {
      self.rewards = rewards
      rule = AdvantageRule(baseline: baseline, scale: scale, bestOf: bestOf)
      (self.first, self.last) = (first, last)
    }
  }

  /// Every baseline and scale that goes with rewards alone.
  static let rules = AdvantageBaseline.allCases.filter { $0.isRelative && $0 != .lengthWeighted }
    .flatMap { baseline in
      AdvantageScale.allCases.map { AdvantageRule(baseline: baseline, scale: $0) }
    }

  /// In the first, mean ¼ and sample deviation ½: ¾ / (½ + 1e-4) and -¼ / (½ + 1e-4).
  static let examples = [
    Example([1, 0, 0, 0], .groupMean, .group, first: 1.4997000600, last: -0.4999000200),
    Example([1, 1, 0, 0], .groupMean, .group, first: 0.8658754298, last: -0.8658754298),
    Example([1, 0, 0, 0], first: 0.75, last: -0.25),
    Example([1, 0, 0, 0], .leaveOneOut, first: 1, last: -1.0 / 3),
    Example([1, 0, 0, 0], .groupMean, .mean, first: 3, last: -1),
    Example([0, -1, -1, -2], .groupMean, .mean, first: 0, last: 0),
    Example([1, 0, 0, 0], .groupMean, .maxMean, first: 3, last: -1),
    Example([1, 1, 1, 0], .groupMean, .maxMean, first: 1.0 / 3, last: -1),
    Example([0, -1, -1, -2], .groupMean, .maxMean, first: 4, last: -4),
    Example([1, 0, 0, 0], .none, first: 1, last: 0),
    // The best of all leads the second by 0.4, which lead nothing.
    Example([1, 0.6, 0, 0], .bestOfOthers, first: 0.4, last: 0),
    Example([1, 1, 0, 0], .bestOfOthers, first: 0, last: 0),
    // Of pairs the first meets 0.6 or one of the zeros: (0.4 + 1 + 1) / 3.
    Example([1, 0.6, 0, 0], .bestOfOthers, bestOf: 2, first: 0.8, last: 0),
    Example([1, 0.6, 0, 0], .bestOfOthers, bestOf: 1, first: 1, last: 0),
    // One success of four: two others are never right, so it always adds 1.
    Example([1, 0, 0, 0], .bestOfOthers, bestOf: 3, first: 1, last: 0),
  ]

  @Test(arguments: examples)
  func matchesTheWorkedExamples(example: Example) throws {
    let advantages = groupRelativeAdvantages(example.rewards, example.rule)
    #expect(abs(advantages[0] - example.first) < 1e-9)
    #expect(abs(try #require(advantages.last) - example.last) < 1e-9)
  }

  /// All four rewards of the step have mean ½ and sample deviation √⅓; each group's mean is its own.
  @Test func batchScaleTakesTheWholeStep() {
    let groups = [RewardGroup([1, 0]), RewardGroup([1, 0])]
    let advantages = groupRelativeAdvantages(groups, AdvantageRule(scale: .batch, eta: 0))
    let expected = 0.5 / (1.0 / 3).squareRoot()
    #expect(abs(advantages[0][0] - expected) < 1e-15)
    #expect(abs(advantages[1][1] + expected) < 1e-15)
  }

  /// Rewards 1 and 0 over 3 tokens and 1: the baseline is ¾. An unjudged rollout's length is none.
  @Test func lengthsWeighTheBaseline() {
    let rule = AdvantageRule(baseline: .lengthWeighted)
    let groups = [
      RewardGroup([1, 0], lengths: [3, 1]), RewardGroup([1, nil, 0], lengths: [3, 50, 1]),
      RewardGroup([0.1, 0.1, 0.1], lengths: [3, 7, 1]),
    ]
    #expect(
      groupRelativeAdvantages(groups, rule) == [[0.25, -0.75], [0.25, 0, -0.75], [0, 0, 0]])
  }

  /// What the most probable completion earned is no rollout's: equal rewards still differ from it.
  @Test func theGreedyRewardIsABaseline() {
    let rule = AdvantageRule(baseline: .greedy)
    let groups = [
      RewardGroup([1, 0, nil], greedyReward: 0.25), RewardGroup([1], greedyReward: 0),
      RewardGroup([1, 0]),
    ]
    #expect(groupRelativeAdvantages(groups, rule) == [[0.75, -0.25, 0], [1], [0, 0]])
  }

  /// The mean over all subsets, one by one: `A_i = E [max S - max S \ i]` over the `S` with `i`.
  @Test(arguments: 2...5) func theBestOfKIsAMeanOverSubsets(k: Int) {
    let rewards = [0.3, 1, -0.5, 1, 0.7]
    for index in rewards.indices {
      var (sum, count) = (0.0, 0.0)
      for set in 0..<(1 << rewards.count) where set.nonzeroBitCount == k && set >> index & 1 == 1 {
        let members = rewards.indices.filter { set >> $0 & 1 == 1 }
        let others = members.filter { $0 != index }.map { rewards[$0] }
        sum += max(0, rewards[index] - (others.max() ?? 0))
        count += 1
      }
      let rule = AdvantageRule(baseline: .bestOfOthers, bestOf: k)
      let found = groupRelativeAdvantages(rewards, rule)[index]
      #expect(abs(found - sum / count) < 1e-15)
    }
  }

  @Test(arguments: rules)
  func noVerdictLeavesTheOthersAlone(rule: AdvantageRule) {
    let judged = groupRelativeAdvantages([1, 0, 0.5], rule)
    let withGap = groupRelativeAdvantages([1, nil, 0, 0.5], rule)
    #expect(withGap == [judged[0], 0, judged[1], judged[2]])
    #expect(groupRelativeAdvantages([nil, 3], rule) == [0, 0])
    #expect(groupRelativeAdvantages([nil, nil] as [Double?], rule) == [0, 0])
  }

  /// 0.1 + 0.1 + 0.1 is not 0.3 in binary; equal rewards must still give exactly nothing.
  @Test(arguments: rules)
  func equalRewardsGiveExactlyZero(rule: AdvantageRule) {
    for reward in [0.1, 1e-6, 1e6, -7.3] {
      let groups = [RewardGroup(Array(repeating: reward, count: 7)), RewardGroup([1, 0])]
      #expect(groupRelativeAdvantages(groups, rule)[0] == Array(repeating: 0, count: 7))
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
          let advantages = groupRelativeAdvantages(group, AdvantageRule(scale: .group, eta: 0))
          #expect(advantages.allSatisfy { abs($0) <= bound * (1 + 1e-12) })
          #expect(abs(advantages.reduce(0, +)) < 1e-12)
        }
      }
    }
  }

  /// In one pass, `E[r²] - E[r]²` of such rewards is noise; from the first reward it is exact.
  @Test func smallDifferencesOfLargeRewardsSurvive() {
    let rule = AdvantageRule(scale: .group, eta: 0)
    let advantages = groupRelativeAdvantages([1e9 + 1, 1e9, 1e9, 1e9], rule)
    #expect(abs(advantages[0] - 1.5) < 1e-15)
  }

  @Test(arguments: [AdvantageScale.none, .group, .batch])
  func matchesTRL(scale: AdvantageScale) throws {
    let golden = try LossFixtures.shared.get().grpo.groupAdvantages
    let size = golden.numGenerations
    let groups = stride(from: 0, to: golden.rewards.count, by: size).map { start in
      RewardGroup(golden.rewards[start..<start + size].map { Optional($0) })
    }
    let expected = try #require(golden.scaleRewards[scale.rawValue])
    let advantages = groupRelativeAdvantages(groups, AdvantageRule(scale: scale)).flatMap { $0 }
    expectNear(advantages, expected, 1e-9)
  }
}
