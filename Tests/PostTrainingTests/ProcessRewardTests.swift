import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore
import Testing
import Tokenizers

@testable import PostTraining

@Suite struct ProcessRewardTests {
  /// -log σ(2) and -log σ(-(-1)) = 0.1269 and 0.3133; weighed by ½ each.
  @Test func theLossOfTwoSteps() {
    let objective = binaryCrossEntropy(
      Tensor([2, -1]), isRight: [true, false], weights: Tensor([0.5, 0.5]))
    #expect(abs(objective.loss.value - 0.220095) < 1e-6)
    #expect(objective.metrics["step_accuracy"] == 1)
    #expect(objective.metrics["steps/right"] == 0.5)
  }

  /// A new model's score is 0, which is no vote for right: it is right about wrong steps alone.
  @Test func heldOutAccuracyStandsBesideTheShareOfRightSteps() throws {
    let setup = try Workbench().setup(
      Workbench.config(["type": "process_reward", "num_generations": 256], on: "sums.json"))
    let config = try #require(setup.config.stages.values[0].stage as? ProcessRewardConfig)
    let method = try ProcessRewardModelling(config, setup.context(ofStage: "stage"))
    let metrics = try method.evaluate(with: setup.models().bound())
    let (accuracy, right) = (metrics["eval/step_accuracy"], metrics["eval/steps/right"])
    #expect(try abs(#require(accuracy) + #require(right) - 1) < 1e-12)
    #expect(try #require(right) > 0)
  }

  /// Steps end at their delimiters and at the stop: of `3;5` and a stop, tokens 1 and 3.
  @Test func stepsAreScoredWhereTheyEnd() throws {
    let bench = try Workbench()
    let chain: JSON = [
      "format": "rl-env-file/1", "name": "chain", "version": 1, "kind": "builtin",
      "task": "chain", "params": ["digits": 1], "steps": ["delimiter": ";"],
      "levels": [["name": "one-digit", "floor": 0.2]],
      "episode": ["max_new_tokens": 8, "stop": ["\n"], "require_stop": true],
      "extract": ["type": "first_line", "occurrence": "only", "max_bytes": 64],
      "verify": ["type": "integer"],
      "split": ["salt": "v1", "eval": 0.2, "test": 0.2, "min_keys": 1],
    ]
    try bench.write(chain.text(), to: "chain.json")
    let setup = try bench.setup(
      Workbench.config(["type": "process_reward"], on: "chain.json"))
    let config = try #require(setup.config.stages.values[0].stage as? ProcessRewardConfig)
    let method = try ProcessRewardModelling(config, setup.context(ofStage: "stage"))
    let problem = Problem(key: "1+2+2", question: "1+2+2=", answer: "5", steps: ["3"])
    let tokens = try setup.tokenizer.encode("4;5\n")
    let rollout = Rollout(
      tokens: tokens, isSampled: tokens.map { _ in true }, logProbs: tokens.map { _ in 0 },
      finish: .stop, verdict: Verdict(score: 1, isSuccess: true, isParsed: true, reason: ""),
      reward: 1)
    let labelled = method.labelled(rollout, problem)
    #expect(labelled.ends == [1, 3])
    #expect(labelled.isRight == [false, true])
  }
}
