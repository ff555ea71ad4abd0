import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Platform
import TensorCore
import Testing

@testable import PostTraining

/// Pairs that a reward model ranks, alone or beside the verifier.
@Suite struct RankedPairsTests {
  /// A preference stage and its models, the reward model's weights as the test wants them.
  private struct Stage {
    var method: DPO
    var models: Models

    init(
      _ mix: JSON, type: String = "online", head: ((Parameters) -> Parameters)? = nil
    ) throws {
      let prompts = type == "start" ? "prompts" : "prompts_per_step"
      let setup = try Workbench().setup(
        Workbench.config([
          "type": "dpo",
          "pairs": JSON(members: [
            ("type", JSON(type)), (prompts, 24), ("num_generations", 4),
            ("reward", mix),
          ]),
        ]))
      let config = try #require(setup.config.stages.values[0].stage as? DPOConfig)
      method = try DPO(config, setup.context(ofStage: "stage"))
      models = try setup.models()
      if let head { models.weights[.reward] = models.weights[.reward].map(head) }
    }

    mutating func collect() throws -> Collected<DPO.Experience> {
      try method.collect(step: 0, with: models.bound())
    }
  }

  private static func filled(_ value: Float) -> (Parameters) -> Parameters {
    { weights in
      var weights = weights
      weights["score.weight"] = weights["score.weight"].map { .filled($0.shape, with: value) }
      return weights
    }
  }

  /// Each pair is the group's best and worst by `0.5 · verdict + 2 · score`, and a reward is that sum.
  @Test(arguments: ["online", "start"]) func theMixtureRanks(_ type: String) throws {
    var stage = try Stage(["verifier": 0.5, "model": 2], type: type)
    let collected = try stage.collect()
    let judge = try stage.models.bound()[.reward]
    var expected: [[Int32]] = []
    var (sum, overruled) = (0.0, 0)
    for group in collected.rollouts {
      let scores = group.scores(by: judge).map(Double.init)
      let verdicts = try group.rollouts.map { try #require($0.verdict.score) }
      let mixed = zip(verdicts, scores).map { 0.5 * $0 + 2 * $1 }
      #expect(group.rollouts.map(\.reward) == mixed)
      let (high, low) = (try #require(mixed.max()), try #require(mixed.min()))
      let best = try #require(mixed.firstIndex(of: high))
      let worst = try #require(mixed.firstIndex(of: low))
      if high > low {
        expected.append(group.rollouts[best].tokens + [-1] + group.rollouts[worst].tokens)
      }
      if verdicts[best] < (verdicts.max() ?? 0) { overruled += 1 }
      sum += scores.reduce(0, +)
    }
    let pairs =
      (stage.method.source as? StartPairs)?.state.pairs ?? collected.experience.pairs
    #expect(pairs.map { $0.chosen.tokens + [-1] + $0.rejected.tokens } == expected)
    #expect(expected.count > 12 && overruled > 0)  // not what the verifier alone would say
    #expect(abs(try #require(collected.metrics["reward_model/mean"]) - sum / 96) < 1e-12)
  }

  /// A head of zeros says 0 of everything: equal scores are no pair, and of a start's there never
  /// will be one.
  @Test func equalScoresAreNoPair() throws {
    let alone: JSON = ["verifier": 0, "model": 1]
    var online = try Stage(alone, head: Self.filled(0))
    let collected = try online.collect()
    #expect(collected.metrics["reward_model/mean"] == 0)
    #expect(collected.experience.pairs == [] && !collected.endsStage)
    let models = try online.models.bound()
    #expect(try online.method.update(0, from: collected.experience, with: models) == nil)
    var start = try Stage(alone, type: "start", head: Self.filled(0))
    let none = try start.collect()
    #expect(none.endsStage)
    #expect(none.events.contains { $0.warning.contains("equally good") })
    // With the verifier beside it, the verifier ranks.
    var both = try Stage(["model": 1], head: Self.filled(0))
    #expect(try both.collect().experience.pairs.count > 2)
  }

  /// A score that is no number stops the run, with the group that it was said of.
  @Test(arguments: [Float.nan, .infinity]) func aScoreMustBeFinite(_ value: Float) throws {
    var stage = try Stage(["model": 1], head: Self.filled(value))
    let error = try #require(throws: DivergedError.self) { try stage.collect() }
    #expect(error.step == 1 && error.what == "the reward model's score")
    #expect(error.batch["completions"]?.array?.count == 4)
  }

  /// What has no verdict is in no pair and in no mean, whatever the model would say of it.
  @Test func whatCannotBeJudgedStaysOut() throws {
    var stage = try Stage(["verifier": 0, "model": 1])
    let models = try stage.models.bound()
    var groups = try stage.collect().rollouts
    var mix = RewardMix()
    (mix.verifier, mix.model) = (0, 1)
    let scores = groups[0].scores(by: models[.reward])
    groups = [groups[0]]
    for place in 1..<4 { groups[0].rollouts[place].reward = nil }
    let metrics = try mix.apply(to: &groups, step: 0, models)
    #expect(groups[0].rollouts.map(\.reward) == [Double(scores[0]), nil, nil, nil])
    #expect(metrics["reward_model/mean"] == Double(scores[0]))
    groups[0].rollouts[0].reward = nil
    #expect(try mix.apply(to: &groups, step: 0, models)["reward_model/mean"] == nil)
    #expect(groups[0].rollouts.allSatisfy { $0.reward == nil })
  }

  private func refusal(
    _ stage: JSON, models: JSON? = nil, judge: JSON? = nil
  ) throws -> ConfigErrors {
    let bench = try Workbench()
    var config = Workbench.config(stage)
    if let judge { try bench.writeModel(.reward, for: config, judge) }
    if let models { config["models"] = models }
    let errors = try #require(throws: ConfigErrors.self) { try bench.setup(config) }
    #expect(!LocalFileSystem().exists(bench.runs))
    return errors
  }

  private static let ranked: JSON = [
    "type": "dpo", "pairs": ["type": "online", "reward": ["model": 1]],
  ]

  /// A reward model of another vocabulary, tokenizer or length, or none at all.
  @Test func theModelMustReadThePolicysTokens() throws {
    for (judge, words) in [
      (["tokenizer": ["type": "bytes"]], "token ids, the policy"),
      (
        ["tokenizer": ["type": "characters", "characters": "dcba:* emit0123456789\n"]],
        "another tokenizer than the policy: token id"
      ),
      (["max_position_embeddings": 16], "16 positions, the policy 24"),
    ] as [(JSON, String)] {
      let errors = try refusal(Self.ranked, judge: judge)
      #expect(errors.errors.map(\.path) == ["models.reward"] && "\(errors)".contains(words))
    }
    let none = try refusal(Self.ranked, models: [:])
    #expect(none.errors.map(\.path) == ["models.reward"])
    #expect("\(none)".contains("{\"stage\": …}, an earlier stage that trains it"))
  }

  /// Where its weight is 0 the role is not asked for, and to name a model is a mistake.
  @Test func theRoleIsThatOfTheWeight() throws {
    for (mix, needsModel) in [
      ([:], false), (["verifier": 2], false), (["model": 0], false), (["model": -1], true),
    ] as [(JSON, Bool)] {
      let run = try resolveRun(
        Workbench.config(["type": "dpo", "pairs": ["type": "start", "reward": mix]]))
      let config = try #require(run.block.stages.values[0].stage as? DPOConfig)
      #expect(DPO.requiredRoles(config).contains(.reward) == needsModel)
    }
    let unread = try refusal(["type": "dpo", "pairs": ["reward": ["model": 0]]])
    #expect(unread.errors.map(\.path) == ["models.reward"])
    #expect("\(unread)".contains("no stage reads it"))
  }

  /// The model that a stage trains cannot rank what the stage learns from.
  @Test func aRewardStageDoesNotRankByItself() throws {
    let errors = try refusal(["type": "reward", "pairs": ["reward": ["model": 1]]])
    #expect(errors.errors.map(\.path) == ["stages.stage.pairs.reward.model"])
    #expect("\(errors)".contains("cannot rank what it learns from"))
  }
}
