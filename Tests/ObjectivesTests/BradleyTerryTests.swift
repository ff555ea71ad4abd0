import Objectives
import TensorCore
import TestSupport
import Testing

/// The reward model's loss: numbers to recompute, and the `reward_model` cases of `losses.json`.
struct BradleyTerryTests {
  private func loss(margin: Float, centering: Float) -> Float {
    bradleyTerry(
      PairScores(chosen: Tensor([1.2]), rejected: Tensor([0.7])), margins: Tensor([margin]),
      weights: Tensor([1]), centering: centering
    ).loss.value
  }

  /// `log(1 + e^-0.5)`, `log(1 + e^-0.2)`, and the first with 0.01 · 1.9².
  @Test func numbersToRecompute() {
    #expect(isClose(loss(margin: 0, centering: 0), 0.4740769842, relative: 1e-6))
    #expect(isClose(loss(margin: 0.3, centering: 0), 0.5981388694, relative: 1e-6))
    #expect(isClose(loss(margin: 0, centering: 0.01), 0.5101769842, relative: 1e-6))
  }

  @Test func valuesAndGradientsMatchTRL() throws {
    let fixtures = try PreferenceFixtures.shared.get().rewardModel
    let rewards = fixtures.inputs.rewards
    let count = rewards.count / 2
    let chosen = Tensor(Array(rewards[..<count]))
    let rejected = Tensor(Array(rewards[count...]))
    #expect(fixtures.cases.count == 4)
    for fixture in fixtures.cases {
      func objective(_ chosen: Tensor, _ rejected: Tensor) -> Objective {
        bradleyTerry(
          PairScores(chosen: chosen, rejected: rejected),
          margins: fixture.margin ? Tensor(fixtures.inputs.margin) : .zeros([count]),
          weights: .filled([count], with: 1 / Float(count)),
          centering: fixture.centerRewardsCoefficient ?? 0)
      }
      let whole = objective(chosen, rejected)
      #expect(isClose(whole.loss.value, fixture.loss, relative: 1e-4))
      #expect(
        isClose(Float(try #require(whole.metrics["accuracy"])), fixture.accuracy, relative: 1e-6))
      let slopes = Array(fixture.gradRewards)
      expectClose(
        gradient(of: chosen) { objective($0, rejected).loss }, Array(slopes[..<count]), "chosen")
      expectClose(
        gradient(of: rejected) { objective(chosen, $0).loss }, Array(slopes[count...]), "rejected")
    }
  }

  @Test func everyReportedNumberIsDefined() {
    let scores = PairScores(chosen: Tensor([1, 2]), rejected: Tensor([3, 1]))
    let objective = bradleyTerry(
      scores, margins: .zeros([2]), weights: .filled([2], with: 0.5))
    let defined = Set(MetricDefinition.ofBradleyTerry.map(\.name))
    #expect(Set(objective.metrics.values.keys) == defined)
    #expect(objective.metrics["accuracy"] == 0.5)
    #expect(objective.metrics["margin"] == -0.5)
    #expect(objective.metrics["max_reward"] == 3)
  }
}
