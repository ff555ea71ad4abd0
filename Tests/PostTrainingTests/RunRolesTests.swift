import Configuration
import LanguageModels
import NeuralNetworks
import TensorCore
import Testing

@testable import PostTraining

/// Who plays which role, and what is said where nobody can.
@Suite struct RunRolesTests {
  private static let reward: JSON = [
    "type": "reward", "max_steps": 2,
    "pairs": ["type": "start", "prompts": 16, "num_generations": 4, "batch_size": 8],
  ]
  private static let ppo: JSON = [
    "type": "ppo", "max_steps": 2, "prompts_per_step": 4, "num_generations": 2,
    "reward": ["verifier": 0, "model": 1],
  ]
  private static let dpo: JSON = [
    "type": "dpo", "max_steps": 2,
    "pairs": [
      "type": "online", "prompts_per_step": 4, "num_generations": 4,
      "reward": ["verifier": 0, "model": 1],
    ],
  ]

  private static func config(_ models: JSON, _ stages: [(key: String, value: JSON)]) -> JSON {
    var json = Workbench.config([:])
    json["models"] = models
    json["stages"] = JSON(members: stages)
    return json
  }

  @Test(
    arguments: [
      (["reward": "none"], "models.reward", "expected {\"checkpoint\": …} or {\"stage\": …}"),
      (["reward": ["stage": "rewrad"]], "models.reward.stage", "did you mean \"reward\"?"),
      (["reward": ["stage": "ppo"]], "models.reward.stage", "trains no model in the role reward"),
      (["reward": ["stage": "a", "checkpoint": "b"]], "models.reward", "found both"),
      (
        ["reward": ["stage": "reward"], "teacher": ["stage": "reward"]], "models.teacher.stage", ""
      ),
    ] as [(JSON, String, String)])
  func whatCannotBeIsRefused(_ models: JSON, _ path: String, _ words: String) throws {
    let bench = try Workbench()
    let json = Self.config(models, [("reward", Self.reward), ("ppo", Self.ppo)])
    let errors = #expect(throws: ConfigErrors.self) { _ = try bench.setup(json) }
    let text = errors?.errors.map { "\($0)" }.joined() ?? ""
    #expect(text.contains(path) && text.contains(words), "\(text)")
  }

  /// The stage's reward model stays for the next stage, which leaves it as it is; the value function
  /// begins as the policy's trunk, and says 0 of every state.
  @Test func aRewardModelIsHandedOn() throws {
    let small = try SmallRun()
    let setup = try small.bench.setup(
      Self.config(["reward": ["stage": "reward"]], [("reward", Self.reward), ("ppo", Self.ppo)]))
    #expect(setup.roles.casts.map(\.trained) == [[.reward], [.policy, .value]])
    let result = try small.run(setup, "handed")
    let last = try CheckpointFiles.find(result.checkpoint)
    let first = try CheckpointFiles(at: "\(small.runs)/handed/checkpoints/step-00000002")
    let file = "models/reward/model.safetensors"
    #expect(first[file] != nil && last[file] == first[file])
    #expect(last["models/value/model.safetensors"] != nil)
    #expect(last["models/policy/model.safetensors"] != first["models/policy/model.safetensors"])
    let lines = try RunDirectory.readLog("\(small.runs)/handed/metrics.jsonl")
    #expect(lines[2]["critic/vpred_mean"] != nil && lines[2]["reward_model/mean"] != nil)
  }

  /// The same for pairs that the stage's model ranks, and for a model of another run, which is the
  /// one that this run used: the same policy comes of both.
  @Test func aRewardModelRanksPairsOfALaterStage() throws {
    let small = try SmallRun()
    let setup = try small.bench.setup(
      Self.config(["reward": ["stage": "reward"]], [("reward", Self.reward), ("dpo", Self.dpo)]))
    #expect(setup.roles.casts.map(\.trained) == [[.reward], [.policy]])
    let result = try small.run(setup, "handed")
    let last = try CheckpointFiles.find(result.checkpoint)
    let first = try CheckpointFiles(at: "\(small.runs)/handed/checkpoints/step-00000002")
    let file = "models/reward/model.safetensors"
    #expect(first[file] != nil && last[file] == first[file])
    #expect(last["models/policy/model.safetensors"] != first["models/policy/model.safetensors"])
    let lines = try RunDirectory.readLog("\(small.runs)/handed/metrics.jsonl")
    #expect(lines[2]["rewards/margins"] != nil && lines[2]["reward_model/mean"] != nil)
    let named = try small.bench.setup(
      Self.config(["reward": ["checkpoint": "runs/handed"]], [("dpo", Self.dpo)]))
    let other = try CheckpointFiles.find(small.run(named, "named").checkpoint)
    #expect(
      other["models/policy/model.safetensors"] == last["models/policy/model.safetensors"])
  }

  /// A head that is new says 0 of everything; a score does not feel its neighbours.
  @Test func scoresAreASequencesOwn() throws {
    let setup = try Workbench().setup(Workbench.config(["type": "reward"]))
    let models = try setup.models()
    let architecture = try #require(models.architectures[.reward])
    let weights = try #require(models.weights[.reward])
    #expect(weights["score.weight"]?.values.allSatisfy { $0 == 0 } == true)
    #expect(weights["lm_head.weight"] == nil)
    let model = try architecture.model(weights.redrawn(setup.random))
    func scores(_ groups: [[[Int32]]]) -> [UInt32] {
      var packed = PackedTokens()
      let rows = groups.flatMap { packed.append(prompt: $0[0], wholes: Array($0.dropFirst())) }
      return model.scores(of: model.hiddenStates(of: packed), rows: rows).values.map(\.bitPattern)
    }
    let (a, b): ([[Int32]], [[Int32]]) = ([[1, 2], [3, 4, 5], [6], []], [[2, 2, 2], [1, 1]])
    #expect(scores([a, b]) == scores([a]) + scores([b]))
    #expect(scores([[[1, 2], [6]]]) == [scores([a])[1]])
  }
}
