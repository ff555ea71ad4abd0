import Configuration
import NeuralNetworks
import Objectives
import Randomness
import Testing

@testable import PostTraining

@Suite struct PPOTests {
  /// Explained variance of a value function that knows nothing: on held-out problems, and as
  /// training would have it of the same function's targets.
  private func explained(lambda: Double) throws -> (heldOut: Double, ofTargets: Double) {
    let setup = try Workbench().setup(
      Workbench.config(
        ["type": "ppo", "lam": JSON(lambda), "prompts_per_step": 8, "num_generations": 64]))
    let config = try #require(setup.config.stages.entries[0].value.stage as? PPOConfig)
    var models = try setup.models()
    models.weights[.value] = models.weights[.value]?.redrawn(RandomStream(seed: 1))
    var method = try PPO(config, setup.context(ofStage: "stage"))
    let heldOut = try method.evaluate(with: models.bound())["eval/vf_explained_var"]
    let collected = try method.collect(step: 0, with: models.bound())
    return (
      try #require(heldOut), try #require(collected.metrics["critic/vf_explained_var"])
    )
  }

  /// At lambda 0 a target is the next value, which random values foretell a good part of; what
  /// came does not depend on lambda, and random values foretell none of it.
  @Test func heldOutReturnsAreWhatCame() throws {
    let (low, high) = (try explained(lambda: 0), try explained(lambda: 1))
    #expect(low.heldOut == high.heldOut)
    #expect(low.ofTargets > high.ofTargets + 0.1, "\(low), \(high)")
  }
}
