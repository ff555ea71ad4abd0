import Objectives
import TensorCore
import TestSupport
import Testing

@testable import Worlds

/// What is known of the policy gradient's estimators, over all groups that can be drawn.
///
/// Unbiased means `‖E g - ∇J‖ <= 1e-6 ‖∇J‖`, the Euclidean norm over all logits; the losses are
/// computed in `Float`.
struct PolicyGradientTests {
  static let exact = 1e-6

  private func whole(_ rule: AdvantageRule) -> Estimator {
    Estimator("\(rule)") { groupRelativeAdvantages($0.rewards, rule) }
  }

  private func tokenwise(
    _ aggregation: Aggregation, _ rule: AdvantageRule, level: RatioLevel = .token,
    clip: RatioClip = RatioClip(low: 0.2, high: 0.2)
  ) -> Estimator {
    Estimator("\(aggregation) \(rule)") { group in
      let tokens = group.tokens(aggregation)
      let advantages = groupRelativeAdvantages(group.rewards, rule)
      return clippedSurrogate(
        group.ratios(level, tokens), advantages: tokens.repeating(advantages), tokens: tokens,
        clip: clip)
    }
  }

  @Test(arguments: World.all, 1...3) func reinforceIsUnbiased(_ world: World, _ size: Int) {
    #expect(world.bias(of: .reinforce, groupSize: size, .onPolicy).bias < Self.exact)
    #expect(world.bias(of: .reinforce, groupSize: size, .offPolicy).bias < Self.exact)
  }

  /// The variance of a mean of two is half of one's, off policy as on it.
  @Test(arguments: World.all, Sampling.allCases)
  func theVarianceFallsAsOneOverTheSamples(_ world: World, _ sampling: Sampling) {
    let one = world.bias(of: .reinforce, groupSize: 1, sampling).variance
    let two = world.bias(of: .reinforce, groupSize: 2, sampling).variance
    #expect(abs(two / one - 0.5) < Self.exact)
  }

  @Test(arguments: World.all, 2...3)
  func leaveOneOutIsUnbiased(_ world: World, _ size: Int) {
    #expect(world.bias(of: whole(.leaveOneOut), groupSize: size, .onPolicy).bias < Self.exact)
    #expect(
      world.bias(
        of: tokenwise(.sequenceSum, .leaveOneOut), groupSize: size, .onPolicy
      ).bias < Self.exact)
  }

  /// A baseline that holds one's own reward takes a share 1 / G of the gradient, and no more.
  @Test(arguments: World.all, 2...3)
  func theMeanAsABaselineShortensByOneOverG(_ world: World, _ size: Int) throws {
    let found = world.bias(of: whole(AdvantageRule()), groupSize: size, .onPolicy)
    #expect(abs(found.scale - Double(size - 1) / Double(size)) < Self.exact)
    #expect(try #require(found.cosine) > 1 - Self.exact)
  }

  /// Dr. GRPO divides by a constant besides: here 3, the longest completion.
  @Test(arguments: [2, 3]) func drGRPOIsProportionalToTheTruth(_ size: Int) throws {
    let found = World.words.bias(
      of: tokenwise(.constant(length: 3), AdvantageRule()), groupSize: size, .onPolicy)
    #expect(abs(found.scale - Double(size - 1) / Double(size) / 3) < Self.exact)
    #expect(try #require(found.cosine) > 1 - Self.exact)
  }

  /// With graded rewards a group's deviation weighs groups that have little to say like others.
  @Test(arguments: [(World.words, 0.9892), (World.choice, 0.9953)])
  func theDeviationTurnsTheGradient(_ world: World, _ cosine: Double) throws {
    let found = world.bias(of: whole(AdvantageRule(scale: .group)), groupSize: 2, .onPolicy)
    #expect(abs(try #require(found.cosine) - cosine) < 1e-4)
  }

  /// Of two pass/fail rewards every mixed pair has the deviation 1/√2: only the length changes,
  /// from the mean baseline's 1/2 to 1/2 / (1/√2 + 1e-4).
  @Test func ofTwoPassFailRewardsTheDeviationOnlyScales() throws {
    let found = World.answer.bias(of: whole(AdvantageRule(scale: .group)), groupSize: 2, .onPolicy)
    #expect(abs(found.scale - 0.5 / (0.5.squareRoot() + 1e-4)) < Self.exact)
    #expect(try #require(found.cosine) > 1 - Self.exact)
    let three = World.answer.bias(of: whole(AdvantageRule(scale: .group)), groupSize: 3, .onPolicy)
    #expect(try #require(three.cosine) > 1 - Self.exact)
  }

  /// Where lengths differ, a mean over tokens weighs a sequence by its length, and by its group's.
  @Test(arguments: [(Aggregation.tokenMean, 0.9929), (.sequenceMean, 0.9343)])
  func meansOverTokensTurnTheGradient(_ aggregation: Aggregation, _ cosine: Double) throws {
    let estimator = tokenwise(aggregation, .leaveOneOut)
    let found = World.words.bias(of: estimator, groupSize: 2, .onPolicy)
    #expect(abs(try #require(found.cosine) - cosine) < 1e-4)
    // Where all have one length, they are the truth.
    #expect(World.choice.bias(of: estimator, groupSize: 2, .onPolicy).bias < Self.exact)
  }

  /// The same bits on policy, whatever ratio stands there, where a sequence's tokens weigh alike.
  @Test func onPolicyTheLevelOfTheRatioChangesNothing() {
    let expected = World.words.moments(
      of: tokenwise(.sequenceMean, AdvantageRule(scale: .group)), groupSize: 2, .onPolicy
    ).mean
    let found = World.words.moments(
      of: tokenwise(.sequenceMean, AdvantageRule(scale: .group), level: .sequence), groupSize: 2,
      .onPolicy
    ).mean
    #expect(relativeError(found, expected) < Self.exact)
  }
}

/// Off policy: what clips do to the expectation.
extension PolicyGradientTests {
  /// One word, so that a token's ratio is the sequence's: importance sampling is exact.
  @Test func withoutAClipTheRatioCorrects() {
    let open = tokenwise(.sequenceSum, .leaveOneOut, clip: RatioClip(low: 1, high: .infinity))
    #expect(World.choice.bias(of: open, groupSize: 2, .offPolicy).bias < Self.exact)
    // With two words before it, a word's own ratio is not enough.
    #expect(World.words.bias(of: open, groupSize: 2, .offPolicy).bias > 1e-3)
  }

  /// `b` is 1.28 times as likely as it was, and is what pays: its gradient ends at 1.2.
  @Test func theClipStopsWhatHasMovedFarEnough() throws {
    let clipped = World.choice.bias(
      of: tokenwise(.sequenceSum, .leaveOneOut), groupSize: 2, .offPolicy)
    #expect(clipped.bias > 0.5)
    #expect(try #require(clipped.clipped) > 0.1)
    #expect(try #require(clipped.cosine) > 0.8)
  }

  /// A sequence's mean ratio moves by less than its tokens': 0.2 never clips it, 3e-4 does.
  @Test func aSequencesRatioNeedsANarrowClip() throws {
    func share(_ level: RatioLevel, _ low: Float, _ high: Float) throws -> Double {
      let estimator = tokenwise(
        .sequenceMean, AdvantageRule(scale: .group), level: level,
        clip: RatioClip(low: low, high: high))
      return try #require(World.words.bias(of: estimator, groupSize: 2, .offPolicy).clipped)
    }
    #expect(try share(.token, 0.2, 0.2) > 0.05)
    #expect(try share(.sequence, 0.2, 0.2) == 0)
    #expect(try share(.sequence, 3e-4, 4e-4) > 0.3)
  }

  /// The ratio as a weight: with room it is the truth; with a cap below what ratios reach, the
  /// words that have gained are weighed too little, though none is left out.
  @Test func aLowCapBiasesCISPO() throws {
    func cut(_ cap: Float) -> Bias {
      let estimator = Estimator("cap") { group in
        let tokens = group.tokens(.sequenceSum)
        let advantages = groupRelativeAdvantages(group.rewards, .leaveOneOut)
        return cispo(
          group.ratios(.token, tokens), logProbs: group.statistics.logProbs,
          advantages: tokens.repeating(advantages), tokens: tokens, bounds: 0...cap)
      }
      return World.choice.bias(of: estimator, groupSize: 2, .offPolicy)
    }
    #expect(cut(5).bias < Self.exact)
    #expect(cut(5).clipped == 0)
    let low = cut(1)
    #expect(low.bias > 0.1)
    #expect(try #require(low.clipped) > 0.1)
    #expect(low.variance < cut(5).variance)
    // The trap of a cap that is meant as a distance from 1: every gradient is a fifth.
    #expect(abs(cut(0.2).scale - 0.2) < 0.03)
  }
}

extension AdvantageRule {
  fileprivate static let leaveOneOut = AdvantageRule(baseline: .leaveOneOut)
}
