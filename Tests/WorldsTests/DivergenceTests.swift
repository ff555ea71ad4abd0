import TestSupport
import Testing

@testable import Worlds

/// What each way to stay near a reference does on average, over all completions.
struct DivergenceTests {
  static let exact = 1e-6

  private func estimator(_ name: String) throws -> Estimator {
    try #require(Estimator.divergences.first { $0.name == "kl: \(name)" })
  }

  /// The mean of `∇loss`: what is minimized, so the opposite of a step.
  private func slope(_ name: String, _ world: World) throws -> [Double] {
    world.moments(of: try estimator(name), groupSize: 1, .onPolicy).mean.map { -$0 }
  }

  @Test(arguments: World.all) func k1InTheLossRegularizesNothing(_ world: World) throws {
    let truth = world.nextWordDivergenceGradient
    let found = try slope("k1", world)
    #expect(relativeError(zip(truth, found).map { $0 + $1 }, truth) < Self.exact)
    let bias = world.bias(of: try estimator("k1"), groupSize: 1, .onPolicy)
    #expect(abs(bias.bias - 1) < Self.exact && bias.cosine == nil && bias.variance > 1)
  }

  /// Per token these pull like `∇KL(π‖ref)` of the next word, at the states that were visited.
  @Test(arguments: World.all, ["exact", "k2", "ratio · k3"])
  func inTheLossTheyPullLikeTheNextWordsReverseKL(_ world: World, _ name: String) throws {
    #expect(relativeError(try slope(name, world), world.nextWordDivergenceGradient) < Self.exact)
  }

  /// That is not quite the gradient of the completions' divergence: how a word changes which states
  /// follow is left out. One word has nothing that follows.
  @Test func whatALossLeavesOutIsWhatFollows() {
    func distance(_ world: World) -> Double {
      let whole = world.gradient(of: ExactObjective(reward: false, reverseKL: -1))
      return relativeError(world.nextWordDivergenceGradient, whole)
    }
    #expect(distance(.choice) < 1e-14)
    #expect(abs(distance(.words) - 0.0341) < 1e-4)
  }

  /// In the reward, k1 is the gradient of the completions' divergence, with or without a baseline.
  @Test(arguments: World.all) func k1InTheRewardIsTheReverseKLs(_ world: World) throws {
    let truth = world.gradient(of: ExactObjective(reward: false, reverseKL: -1))
    #expect(relativeError(try slope("k1 in the reward", world), truth) < Self.exact)
    let compared = try estimator("k1 in the reward, compared")
    #expect(world.bias(of: compared, groupSize: 2, .onPolicy).bias < Self.exact)
  }

  /// Bare k3 is another divergence's: `∇KL(ref‖π)` where one word is said.
  @Test func bareK3PullsLikeTheForwardKL() throws {
    #expect(relativeError(try slope("k3", .choice), World.choice.forwardDivergenceGradient) < 1e-6)
    let bias = World.words.bias(of: try estimator("k3"), groupSize: 1, .onPolicy)
    #expect(bias.bias > 0.2)
  }

  /// `E[k3 ∇log π] = ∇KL(π‖ref) - ∇KL(ref‖π)`: of two that nearly agree, so that little is left, and
  /// here that pulls away from the reference.
  @Test func k3InTheRewardIsTheDifferenceOfTwoGradients() throws {
    let world = World.choice
    let truth = zip(world.nextWordDivergenceGradient, world.forwardDivergenceGradient)
      .map { $0 - $1 }
    #expect(relativeError(try slope("k3 in the reward", world), truth) < 1e-5)
    let bias = world.bias(of: try estimator("k3 in the reward"), groupSize: 1, .onPolicy)
    #expect(bias.scale < 0 && abs(bias.scale) < 0.2)
  }

  /// Nothing of it depends on which word was drawn: where all visit one state, nothing varies.
  @Test func theExactDivergenceHasNoVarianceInAState() throws {
    let single = World.choice.bias(of: try estimator("exact"), groupSize: 1, .onPolicy)
    #expect(single.bias < Self.exact && single.variance < 1e-12)
    let sampled = World.choice.bias(of: try estimator("k2"), groupSize: 1, .onPolicy)
    #expect(sampled.variance > 1)
  }

  /// π = (.7, .2, .1), ref = (.5, .3, .2): ∇KL(ref‖π) = π - ref; ∇KL(π‖ref) = π (log π/ref - KL).
  @Test(arguments: [
    ("k1", [0, 0, 0]), ("k3", [0.2, -0.1, -0.1]),
    ("exact", [0.1759446, -0.0981176, -0.0778270]), ("k2", [0.1759446, -0.0981176, -0.0778270]),
    ("ratio · k3", [0.1759446, -0.0981176, -0.0778270]),
    ("k1 in the reward", [0.1759446, -0.0981176, -0.0778270]),
    ("k3 in the reward", [-0.0240554, 0.0018824, 0.0221730]),
  ])
  func threeWordsGiveTheWorkedVectors(_ name: String, _ expected: [Double]) throws {
    for (found, expected) in zip(try slope(name, .choice), expected) {
      #expect(abs(found - expected) < 2e-7)
    }
  }

  /// Off policy only what is corrected by the ratio, or needs no sample, still is the reverse KL's.
  @Test func offPolicyTheRatioCorrectsK3() throws {
    func bias(_ name: String) throws -> Double {
      World.choice.bias(of: try estimator(name), groupSize: 1, .offPolicy).bias
    }
    #expect(try bias("exact") < Self.exact)
    #expect(try bias("ratio · k3") < Self.exact)
    #expect(try bias("k2") > 0.05)
    #expect(try bias("k3") > 0.05)
  }
}
