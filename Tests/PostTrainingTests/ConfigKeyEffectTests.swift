import Configuration
import EnvironmentKit
import NeuralNetworks
import Testing

@testable import PostTraining

/// A stage's keys and what shows that each is read: a known key that does nothing is a lie.
struct KeyEffects: Sendable {
  /// Keys that make every other one matter.
  var base: JSON
  /// For each key, a value that must change the plan or the first steps' weights.
  var changes: JSON
  /// Keys that must change no weight, and why.
  var inert: [String: String]
  /// For a key that the base leaves unread, what else makes it matter.
  var bases: [String: JSON] = [:]

  static let table: [String: KeyEffects] = [
    "sft": KeyEffects(
      base: ["max_steps": 3, "batch_size": 6, "optimizer": ["learning_rate": 0.01]],
      changes: [
        "max_steps": ["max_steps": 4], "batch_size": ["batch_size": 7],
        "data": ["data": "rows.jsonl"], "curriculum": ["curriculum": ["type": "hard"]],
        "stop_when": ["stop_when": ["metric": "train/success"]],
        "micro_batch_rows": ["micro_batch_rows": 1],
        "optimizer": ["optimizer": ["learning_rate": 0.02]],
      ],
      inert: ["micro_batch_rows": "a memory knob: the split changes no bit of a gradient"]),
    "grpo": KeyEffects(
      // Large steps and several passes, so that ratios leave the clip.
      base: [
        "max_steps": 3, "prompts_per_step": 6, "num_generations": 4, "num_iterations": 3,
        "beta": 0.1, "aggregation": "token_mean",
        "optimizer": ["learning_rate": 0.03],
      ],
      changes: [
        "preset": ["preset": "grpo"], "max_steps": ["max_steps": 4],
        "prompts_per_step": ["prompts_per_step": 5], "num_generations": ["num_generations": 5],
        "updates_per_collection": ["updates_per_collection": 2],
        "num_iterations": ["num_iterations": 2],
        "max_completion_length": ["max_completion_length": 2], "temperature": ["temperature": 1.5],
        "epsilon": ["epsilon": 0.01], "epsilon_high": ["epsilon_high": 0.01],
        "dual_clip": ["dual_clip": 1.01],
        "surrogate": ["surrogate": "detached", "epsilon_high": 1],  // its least upper bound
        "importance_sampling_level": ["importance_sampling_level": "sequence"],
        "aggregation": ["aggregation": "sequence_sum"], "scale_rewards": ["scale_rewards": "none"],
        "top_entropy_quantile": ["top_entropy_quantile": 0.3],
        "off_policy_mask_threshold": ["off_policy_mask_threshold": 0.001],
        "baseline": ["baseline": "greedy"], "whiten_advantages": ["whiten_advantages": true],
        "gamma": ["gamma": 0.9], "replay": ["replay": ["groups": 3]],
        "beta": ["beta": 0.2], "kl_estimator": ["kl_estimator": "k2"],
        "kl_in": ["kl_in": "reward", "kl_estimator": "k1"],  // the one estimator it takes
        "best_of": ["best_of": 2],
        "sapo_temperature_pos": ["sapo_temperature_pos": 2],
        "sapo_temperature_neg": ["sapo_temperature_neg": 2], "vespo_k_pos": ["vespo_k_pos": 1],
        "vespo_lambda_pos": ["vespo_lambda_pos": 1], "vespo_k_neg": ["vespo_k_neg": 1],
        "vespo_lambda_neg": ["vespo_lambda_neg": 1],
        "entropy_coef": ["entropy_coef": 0.1], "curriculum": ["curriculum": ["type": "hard"]],
        "gates": ["gates": [["type": "zero_variance"]]],
        "shaping": ["shaping": [["type": "overlong"]]], "reward": ["reward": ["model": 1]],
        "stop_when": ["stop_when": ["metric": "train/success"]],
        "micro_batch_rows": ["micro_batch_rows": 1],
        "optimizer": ["optimizer": ["learning_rate": 0.02]],
      ],
      inert: ["micro_batch_rows": "a memory knob: the split changes no bit of a gradient"],
      // What only other values make a matter of.
      bases: [
        "best_of": ["baseline": "best_of_others", "num_generations": 12],
        "sapo_temperature_pos": ["surrogate": "sapo"],
        "sapo_temperature_neg": ["surrogate": "sapo"],
        "vespo_k_pos": Self.vespo, "vespo_lambda_pos": Self.vespo, "vespo_k_neg": Self.vespo,
        "vespo_lambda_neg": Self.vespo,
      ]),
    "ppo": KeyEffects(
      base: [
        "max_steps": 3, "prompts_per_step": 6, "num_generations": 3, "num_iterations": 3,
        "updates_per_collection": 1, "beta": 0.1, "kl_in": "reward", "kl_estimator": "k1",
        "kl_target": 0.5, "optimizer": ["learning_rate": 0.03],
      ],
      changes: [
        "max_steps": ["max_steps": 4], "prompts_per_step": ["prompts_per_step": 5],
        "num_generations": ["num_generations": 4],
        "updates_per_collection": ["updates_per_collection": 2],
        "num_iterations": ["num_iterations": 2],
        "max_completion_length": ["max_completion_length": 2], "temperature": ["temperature": 1.5],
        "gamma": ["gamma": 0.9], "lam": ["lam": 0.5],
        "whiten_advantages": ["whiten_advantages": false],
        "whiten_rewards": ["whiten_rewards": true],
        "epsilon": ["epsilon": 0.01], "epsilon_high": ["epsilon_high": 0.01],
        "cliprange_value": ["cliprange_value": 0.001], "value": ["value": ["type": "shared"]],
        "reward": ["reward": ["verifier": 2]], "missing_eos_penalty": ["missing_eos_penalty": 1],
        "beta": ["beta": 0.2],
        "kl_estimator": ["kl_estimator": "k2", "kl_in": "loss", "kl_target": 0],
        "kl_in": ["kl_in": "loss", "kl_target": 0, "kl_estimator": "exact"],
        "kl_target": ["kl_target": 0], "kl_horizon": ["kl_horizon": 20],
        "entropy_coef": ["entropy_coef": 0.1], "curriculum": ["curriculum": ["type": "hard"]],
        "shaping": ["shaping": [["type": "overlong"]]],
        "stop_when": ["stop_when": ["metric": "train/success"]],
        "micro_batch_rows": ["micro_batch_rows": 1],
        "optimizer": ["optimizer": ["learning_rate": 0.02]],
      ],
      inert: ["micro_batch_rows": "a memory knob: the split changes no bit of a gradient"]),
    "distill": KeyEffects(
      base: [
        "max_steps": 3, "prompts_per_step": 6, "num_generations": 4, "num_iterations": 2,
        // The first step reads data, the second samples.
        "temperature": 1.5, "lambda": 0.205, "reward_weight": 0.5,
        "optimizer": ["learning_rate": 0.01],
      ],
      changes: [
        "max_steps": ["max_steps": 4], "prompts_per_step": ["prompts_per_step": 5],
        "num_generations": ["num_generations": 5],
        "updates_per_collection": ["updates_per_collection": 2],
        "num_iterations": ["num_iterations": 1],
        "max_completion_length": ["max_completion_length": 2], "temperature": ["temperature": 1],
        "teacher_temperature": ["teacher_temperature": 2],
        "temperature_squared": ["temperature_squared": true],
        "divergence": ["divergence": ["type": "forward_kl"]],
        "aggregation": ["aggregation": "sequence_sum"], "lambda": ["lambda": 1],
        "data": ["data": "rows.jsonl"], "reward_weight": ["reward_weight": 1],
        "scale_rewards": ["scale_rewards": "group"], "curriculum": ["curriculum": ["type": "hard"]],
        "stop_when": ["stop_when": ["metric": "train/success"]],
        "micro_batch_rows": ["micro_batch_rows": 1],
        "optimizer": ["optimizer": ["learning_rate": 0.02]],
      ],
      inert: ["micro_batch_rows": "a memory knob: the split changes no bit of a gradient"]),
    "process_reward": KeyEffects(
      base: [
        "max_steps": 3, "prompts_per_step": 6, "num_generations": 3,
        "optimizer": ["learning_rate": 0.03],
      ],
      changes: [
        "max_steps": ["max_steps": 4], "prompts_per_step": ["prompts_per_step": 5],
        "num_generations": ["num_generations": 4],
        "max_completion_length": ["max_completion_length": 2], "temperature": ["temperature": 1.5],
        "curriculum": ["curriculum": ["type": "hard"]], "micro_batch_rows": ["micro_batch_rows": 1],
        "optimizer": ["optimizer": ["learning_rate": 0.02]],
      ],
      inert: ["micro_batch_rows": "a memory knob: the split changes no bit of a gradient"]),
    "reward": KeyEffects(
      base: [
        "max_steps": 3, "pairs": ["type": "start", "prompts": 16, "num_generations": 4],
        "optimizer": ["learning_rate": 0.03],
      ],
      changes: [
        "max_steps": ["max_steps": 4], "pairs": ["pairs": ["prompts": 12]],
        "center_rewards_coefficient": ["center_rewards_coefficient": 0.1],
        "held_out_pairs": ["held_out_pairs": 3], "micro_batch_rows": ["micro_batch_rows": 1],
        "optimizer": ["optimizer": ["learning_rate": 0.02]],
      ],
      inert: [
        "micro_batch_rows": "a memory knob: the split changes no bit of a gradient",
        "held_out_pairs": "says what is looked at, which training never feels",
      ]),
    "dpo": KeyEffects(
      base: [
        "max_steps": 3, "pairs": ["type": "online", "prompts_per_step": 6, "num_generations": 4],
        "optimizer": ["learning_rate": 0.03],
      ],
      changes: [
        "preset": ["preset": "kto"], "max_steps": ["max_steps": 4],
        "pairs": ["pairs": ["type": "start", "prompts": 6]],
        "losses": ["losses": [["type": "hinge"]]], "beta": ["beta": 0.2],
        "ld_alpha": ["ld_alpha": 0.5], "use_weighting": ["use_weighting": true],
        "stop_when": ["stop_when": ["metric": "train/success"]],
        "micro_batch_rows": ["micro_batch_rows": 1],
        "optimizer": ["optimizer": ["learning_rate": 0.02]],
      ],
      inert: ["micro_batch_rows": "a memory knob: the split changes no bit of a gradient"]),
    "expert_iteration": KeyEffects(
      base: [
        "max_steps": 3, "prompts_per_step": 6, "num_generations": 4, "keep_per_prompt": 3,
        "selection": ["type": "best_of_n"], "batch_size": 4,
        "optimizer": ["learning_rate": 0.01],
      ],
      changes: [
        "max_steps": ["max_steps": 4], "prompts_per_step": ["prompts_per_step": 5],
        "num_generations": ["num_generations": 2],  // fewer than are kept
        "max_completion_length": ["max_completion_length": 2], "temperature": ["temperature": 1.5],
        "selection": ["selection": ["type": "top_fraction"]],
        "keep_per_prompt": ["keep_per_prompt": 1], "batch_size": ["batch_size": 6],
        "num_iterations": ["num_iterations": 2], "curriculum": ["curriculum": ["type": "hard"]],
        "shaping": ["shaping": [["type": "overlong", "penalty": 0.1]]],
        "reward": ["reward": ["model": 1]],
        "stop_when": ["stop_when": ["metric": "train/success"]],
        "micro_batch_rows": ["micro_batch_rows": 1],
        "optimizer": ["optimizer": ["learning_rate": 0.02]],
      ],
      inert: ["micro_batch_rows": "a memory knob: the split changes no bit of a gradient"]),
  ]

  private static let vespo: JSON = [
    "surrogate": "vespo", "importance_sampling_level": "sequence_product",
  ]

  /// What the plan alone shows: the first steps do not come so far.
  static let planned = ["preset", "max_steps", "stop_when"]

  /// Every key of every algorithm of the catalog; one without a row has no change to make.
  static var all: [(algorithm: String, key: String)] {
    AlgorithmCatalog.entries.flatMap { entry in entry.block.keys.map { (entry.name, $0.key) } }
  }
}

@Suite struct ConfigKeyEffectTests {
  /// The plan, and the weights after the first steps.
  private struct Outcome {
    var plan: String
    /// Of each role that is trained.
    var weights: [Parameters] = []

    init(_ algorithm: String, _ keys: JSON) throws {
      let bench = try Workbench()
      try bench.write(
        #"{"prompt": "emit a*2:", "completion": "aa\n"}"# + "\n", to: "rows.jsonl")
      let stage = JSON(members: [("type", JSON(algorithm))]).merging(keys)
      let json = Workbench.config(stage)
      let setup = try bench.setup(json)
      plan = RunPlan(setup, departures: try resolveRun(json).departures).json.text()
      let variant = setup.config.stages.entries[0].value
      try train(variant.algorithm, variant.stage, setup)
    }

    private mutating func train<Method: Algorithm>(
      _ type: Method.Type, _ stage: any StageConfig, _ setup: RunSetup
    ) throws {
      let config = try #require(stage as? Method.Config)
      var trainer = Trainer(
        try Method(config, setup.context(ofStage: "stage")), config: config,
        models: try setup.models())
      for _ in 0..<2 { _ = try trainer.advance() }
      weights = config.optimizers.keys.sorted { $0.rawValue < $1.rawValue }.map {
        trainer.models.weights[$0] ?? Parameters()
      }
    }
  }

  @Test(arguments: KeyEffects.all)
  func aKeyChangesThePlanOrTheWeights(_ algorithm: String, _ key: String) throws {
    let effects = try #require(KeyEffects.table[algorithm])
    let change = try #require(effects.changes[key], "\(key) has no row")
    let base = effects.base.merging(effects.bases[key] ?? [:])
    let before = try Outcome(algorithm, base)
    let after = try Outcome(algorithm, base.merging(change))
    let isSame =
      before.weights.count == after.weights.count
      && zip(before.weights, after.weights).allSatisfy { $0.isIdentical(to: $1) }
    if effects.inert[key] != nil {
      #expect(isSame)
    } else if KeyEffects.planned.contains(key) {
      #expect(after.plan != before.plan)
    } else {
      #expect(!isSame)
    }
  }

  @Test func noRowIsForNothing() {
    for (algorithm, effects) in KeyEffects.table {
      let keys = KeyEffects.all.filter { $0.algorithm == algorithm }.map(\.key)
      #expect(Set(effects.changes.members?.map(\.key) ?? []) == Set(keys))
      #expect(Set(effects.inert.keys).isSubset(of: keys))
    }
  }
}
