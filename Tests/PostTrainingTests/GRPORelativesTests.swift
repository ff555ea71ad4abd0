import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore
import Testing

@testable import PostTraining

/// What GRPO's relatives do with a step that GRPO does not: whiten, compare, mask.
@Suite struct GRPORelativesTests {
  /// REINFORCE++: each token's reward to go is the score less its divergences to go, and all of
  /// the step's tokens together have mean 0 and deviation 1.
  @Test func reinforcePPWhitensTheStepsTokens() throws {
    var training = try Training(
      ["preset": "reinforce_pp", "beta": 0.5, "num_generations": 2], bench: Workbench())
    for step in 0..<3 {
      let (metrics, groups) = try training.step()
      let advantages = groups.flatMap { $0.judged.flatMap(\.tokenAdvantages) }
      let count = Double(advantages.count)
      #expect(abs(advantages.reduce(0, +)) < 1e-9)
      #expect(abs(advantages.reduce(0) { $0 + $1 * $1 } / (count - 1) - 1) < 1e-4)
      // The first step's policy is the reference: no divergence, one advantage a completion.
      let isShared = groups.allSatisfy { group in
        group.judged.allSatisfy { Set($0.tokenAdvantages).count == 1 }
      }
      #expect(isShared == (step == 0))
      #expect((metrics["reward/kl/mean"] == 0) == (step == 0))
      // The reward stays the task's: its divergence is each token's.
      #expect(groups.allSatisfy { $0.judged.allSatisfy { $0.reward == $0.verdict.score } })
    }
  }

  /// ReMax: a greedy completion a problem, judged by the task, counted, and logged beside.
  @Test func remaxComparesWithTheGreedyCompletion() throws {
    var training = try Training(
      ["preset": "remax", "num_generations": 1], bench: Workbench())
    let (metrics, groups) = try training.step()
    var tokens = 0.0
    for group in groups {
      let greedy = try #require(group.greedy)
      let reward = try #require(greedy.reward)
      for rollout in group.rollouts {
        let own = try #require(rollout.reward)
        #expect(rollout.advantage == own - reward)
        tokens += Double(rollout.length)
      }
      tokens += Double(greedy.length)
      #expect(group.json(step: 1)["greedy"]?["reward"]?.double == reward)
    }
    #expect(metrics["num_tokens"] == tokens)
    #expect(metrics["greedy/reward"] != nil)
  }

  /// A reward model's score is part of what is compared, of the greedy completion's too.
  @Test func aRewardModelJudgesWhatIsCompared() throws {
    var training = try Training(
      ["preset": "remax", "num_generations": 3, "reward": ["verifier": 0.5, "model": 2]],
      bench: Workbench())
    let judge = try training.trainer.models.bound()[.reward]
    let (metrics, groups) = try training.step()
    var sum = 0.0
    for group in groups {
      let scores = group.scores(by: judge).map(Double.init)
      let greedy = try #require(group.greedy)
      let verdicts = try (group.rollouts + [greedy]).map { try #require($0.verdict.score) }
      let rewards = zip(verdicts, scores).map { 0.5 * $0 + 2 * $1 }
      #expect((group.rollouts + [greedy]).map(\.reward) == rewards)
      #expect(group.rollouts.map(\.advantage) == rewards.dropLast().map { $0 - rewards[3] })
      #expect(Set(scores).count > 1)
      sum += scores.dropLast().reduce(0, +)
    }
    #expect(abs(try #require(metrics["reward_model/mean"]) - sum / 18) < 1e-12)
  }

  /// The threshold is the whole update's: every part of it, cut however, keeps the same tokens,
  /// and about the share that was asked for.
  @Test func theTopEntropyMaskIsOfTheWholeUpdate() throws {
    func factors(_ rows: Int) throws -> [Float] {
      let training = try Training(
        ["top_entropy_quantile": 0.25, "micro_batch_rows": JSON(rows)], bench: Workbench())
      var method = training.trainer.method
      let models = try training.trainer.models.bound()
      let groups = try method.collect(step: 0, with: models).experience
      let update = try #require(try method.update(0, from: groups, with: models))
      return update.batches.flatMap {
        $0.factors?.values ?? Array(repeating: 1, count: $0.tokens.count)
      }
    }
    let whole = try factors(100_000)
    #expect(try factors(1) == whole)
    let kept = Double(whole.count { $0 == 1 }) / Double(whole.count)
    #expect(Set(whole) == [0, 1] && abs(kept - 0.25) < 0.02)
  }

  /// A formula names what a configuration changes.
  @Test(arguments: [
    ("reinforce_pp", "whitened over the step's tokens [R - 0.01 · Σ_(s ≥ t)"),
    ("remax", "A = R - R of the greedy completion"),
    ("maxrl", "(R - mean)/mean where the mean is above 0"),
    ("pass_at_k", "E max(0, R - best of 3 of the others)"),
    ("sapo", "(4/τ)·σ(τ·(r - 1))·A"), ("top_entropy", "over the 0.2 of the update's tokens"),
  ])
  func theFormulaSaysIt(_ preset: String, _ words: String) throws {
    let formula = GRPO.formula(try read(GRPOConfig.self, from: ["preset": JSON(preset)]))
    #expect(formula.contains(words), "\(formula)")
  }
}
