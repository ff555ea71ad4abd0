import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore
import Testing

@testable import PostTraining

/// A policy trained for a few steps by GRPO, step by step.
struct Training {
  var trainer: Trainer<GRPO>
  let environment: Environment

  init(_ keys: JSON, on environment: String = "letters.json", bench: Workbench) throws {
    let stage: JSON = [
      "type": "grpo", "max_steps": 300, "prompts_per_step": 6, "num_generations": 6,
      "optimizer": ["learning_rate": 3e-3],
    ]
    let setup = try bench.setup(Workbench.config(stage.merging(keys), on: environment))
    let config = try #require(setup.config.stages.entries[0].value.stage as? GRPOConfig)
    trainer = Trainer(
      try GRPO(config, setup.context(ofStage: "stage")), config: config, models: try setup.models())
    self.environment = setup.environment
  }

  var weights: Parameters { trainer.models.weights[.policy] ?? Parameters() }

  mutating func step() throws -> (metrics: Metrics, groups: [RolloutGroup]) {
    let report = try trainer.advance()
    return (report.metrics, report.collected.rollouts)
  }
}

@Suite struct GRPOTests {
  /// Sums judged by a verifier that cannot decide about answers of two different digits.
  private func undecidableBench() throws -> Workbench {
    let bench = try Workbench()
    let environment = Workbench.sums.merging(["name": "odd", "verify": ["type": "count"]])
    try bench.write(environment.text(), to: "odd.json")
    return bench
  }

  @Test(arguments: AdvantageScale.allCases)
  func advantagesAreThoseOfTheRewards(_ scale: AdvantageScale) throws {
    var training = try Training(
      ["scale_rewards": JSON(scale.rawValue)], bench: Workbench())
    for _ in 0..<3 {
      let groups = try training.step().groups
      let rewards = groups.map { RewardGroup($0.rollouts.map(\.reward)) }
      #expect(Set(rewards.flatMap(\.rewards)).count > 1)
      let expected = groupRelativeAdvantages(rewards, AdvantageRule(scale: scale))
      #expect(groups.map { $0.rollouts.map(\.advantage) } == expected)
    }
  }

  /// What could not be judged is no failure: no reward, no advantage, no part in any mean.
  @Test func noVerdictIsNeverZero() throws {
    var training = try Training(["num_generations": 12], on: "odd.json", bench: undecidableBench())
    var dropped = 0
    for _ in 0..<4 {
      let (metrics, groups) = try training.step()
      let rollouts = groups.flatMap(\.rollouts)
      let judged = rollouts.filter { $0.verdict.score != nil }
      dropped += rollouts.count - judged.count
      for rollout in rollouts where rollout.verdict.score == nil {
        #expect(rollout.reward == nil && rollout.advantage == 0)
      }
      let rewards = judged.compactMap(\.reward)
      let successes = judged.count { $0.verdict.isSuccess }
      #expect(rewards.count == judged.count)
      #expect(metrics["reward"] == rewards.reduce(0, +) / Double(judged.count))
      #expect(metrics["success"] == Double(successes) / Double(judged.count))
      #expect(
        metrics["env/error_rate"]
          == Double(rollouts.count - judged.count) / Double(rollouts.count))
    }
    #expect(dropped > 0)
  }

  /// A group without advantages adds exactly nothing, so leaving it out changes no weight; also
  /// where every group of a step is such.
  @Test(arguments: ["letters.json", "sums.json"])
  func skippingDeadGroupsEqualsKeepingThem(_ environment: String) throws {
    func weights(_ action: String) throws -> (Parameters, skipped: Double) {
      var training = try Training(
        ["gates": [["type": "zero_variance", "action": JSON(action)]], "num_generations": 3],
        on: environment, bench: Workbench())
      var skipped = 0.0
      for _ in 0..<6 { skipped += try training.step().metrics["groups/filtered"] ?? 0 }
      return (training.weights, skipped)
    }
    let (kept, none) = try weights("keep")
    let (left, some) = try weights("skip")
    #expect(none == 0 && some > 0)
    #expect(left.isIdentical(to: kept))
  }

  /// With a divergence in the loss a dead group would still pull; skipped, it does not.
  @Test func aSkippedGroupIsNotPulledToTheReference() throws {
    func weights(_ action: String) throws -> Parameters {
      var training = try Training(
        [
          "gates": [["type": "zero_variance", "action": JSON(action)]], "num_generations": 3,
          "beta": 0.5,
        ], bench: Workbench())
      for _ in 0..<3 { _ = try training.step() }
      return training.weights
    }
    #expect(try !weights("skip").isIdentical(to: weights("keep")))
  }

  @Test func resamplingReplacesDeadGroups() throws {
    var training = try Training(
      [
        "gates": [
          ["type": "zero_variance", "max_resample": 50]
        ], "num_generations": 3,
      ], bench: Workbench())
    var asked = 0
    for _ in 0..<3 {
      let (metrics, groups) = try training.step()
      #expect(groups.count == 6)
      #expect(groups.allSatisfy { Set($0.rollouts.map(\.reward)).count > 1 })
      asked += groups.count + Int(metrics["groups/resampled"] ?? 0)
      #expect(training.trainer.method.state.source.problems == asked)
      #expect(metrics["frac_reward_zero_std"] == 0)
    }
    #expect(asked > 18)
  }

  /// What a gate let through stays, however often other places are asked again: of all groups
  /// that were seen, those with unequal scores are exactly those that are trained on.
  @Test func noAcceptedGroupIsLost() throws {
    let training = try Training(
      ["gates": [["type": "zero_variance", "max_resample": 2]], "num_generations": 3],
      bench: Workbench())
    var source = training.trainer.method.source
    let models = try training.trainer.models.bound()
    var replaced = 0
    for step in 0..<4 {
      let asked = try source.play(step: step, with: models).asked
      let accepted = asked.seen.filter { Set($0.scores).count > 1 }.map(\.key)
      let trained = asked.groups.filter { !$0.isSkipped }.map(\.problem.key)
      #expect(trained.sorted() == accepted.sorted())
      #expect(asked.groups.count == 6)
      replaced += asked.seen.count - 6
    }
    #expect(replaced > 0)
  }

  /// A step with an empty place: trained on without it, left out, or the last one.
  @Test(arguments: ["train", "skip", "stop"]) func shortageIsAChoice(_ choice: String) throws {
    var training = try Training(
      [
        "gates": [["type": "zero_variance", "on_exhausted": JSON(choice)]], "num_generations": 2,
      ], on: "sums.json", bench: Workbench())
    let before = training.weights
    let report = try training.trainer.advance()
    #expect(try #require(report.metrics["groups/filtered"]) > 0)
    #expect(report.collected.rollouts.count == 6)
    #expect(report.collected.endsStage == (choice == "stop"))
    #expect((report.metrics["grad_norm"] == nil) == (choice != "train"))
    #expect(training.weights.isIdentical(to: before) == (choice != "train"))
  }

  /// The reward is the raw score and every shaper's term, in the means and in each rollout.
  @Test func everyTermOfTheRewardIsLogged() throws {
    var training = try Training(
      [
        "shaping": [["type": "overlong", "buffer": 2, "penalty": 0.4]], "beta": 0.1,
        "kl_estimator": "k1", "kl_in": "reward",
      ], bench: Workbench())
    for _ in 0..<3 {
      let (metrics, groups) = try training.step()
      let raw = try #require(metrics["reward/raw/mean"])
      let scores = groups.flatMap(\.rollouts).compactMap(\.verdict.score)
      #expect(raw == scores.reduce(0, +) / Double(scores.count))
      let overlong = try #require(metrics["reward/overlong/mean"])
      #expect(overlong < 0)
      let sum = raw + overlong + (metrics["reward/kl/mean"] ?? .nan)
      #expect(abs(sum - (metrics["reward"] ?? 0)) < 1e-12)
    }
  }

  /// Each pass gives every group to one update, whole and with what the sampler recorded; only
  /// before the first of them has the policy not moved.
  @Test func severalUpdatesShareOneCollection() throws {
    var training = try Training(
      ["updates_per_collection": 3, "num_iterations": 2], bench: Workbench())
    let models = try training.trainer.models.bound()
    let method = training.trainer.method
    var copy = method
    let groups = try copy.collect(step: 0, with: models).experience
    for index in 0..<6 {
      let update = try #require(try method.update(index, from: groups, with: models))
      let own = groups[index % 3 * 2..<index % 3 * 2 + 2]
      let recorded = own.flatMap { $0.judged.flatMap(\.scoredLogProbs) }
      #expect(update.batches.flatMap { $0.behaviorLogProbs.values } == recorded)
      #expect(update.batches.allSatisfy { $0.isOnPolicy == (index == 0) })
      let weight = update.batches.flatMap { $0.tokens.weights.values }.reduce(0, +)
      #expect(abs(weight - 1) < 1e-5)  // the law is over the update's own sequences
    }
    #expect(try method.update(6, from: groups, with: models) == nil)
    let first = try training.step().metrics
    #expect(first["sampling/logp_difference_max"] == 0)
    #expect(try #require(first["clip_ratio/region_mean"]) >= 0)
  }

  /// One update a collection has ratio 1 and no clip; with several, GSPO's narrow one acts.
  @Test(arguments: [(1, false), (3, true)])
  func theClipNeedsSeveralUpdates(_ updates: Int, _ acts: Bool) throws {
    var training = try Training(
      ["preset": "gspo", "updates_per_collection": JSON(updates)], bench: Workbench())
    var clipped = 0.0
    for _ in 0..<3 { clipped += try training.step().metrics["clip_ratio/region_mean"] ?? 0 }
    #expect((clipped > 0) == acts)
  }

  /// The trainer's canary: a policy learns to emit the letter it is asked for, further than any
  /// letter that is right by chance.
  @Test func theCanaryLearns() throws {
    var training = try Training(
      ["num_generations": 8, "prompts_per_step": 8, "optimizer": ["learning_rate": 5e-3]],
      bench: Workbench())
    var rewards: [Double] = []
    for _ in 0..<200 { rewards.append(try training.step().metrics["reward"] ?? 0) }
    let first = rewards.prefix(5).reduce(0, +) / 5
    let last = rewards.suffix(5).reduce(0, +) / 5
    let problems = training.environment.distinctProblems(level: nil, split: .train, atMost: 100)
    let floor = training.environment.constantFloor(of: problems).score
    #expect(first < 0.15, "\(first)")
    #expect(last > floor + 0.15, "\(last), floor \(floor)")
  }
}
