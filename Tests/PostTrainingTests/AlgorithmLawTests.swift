import Configuration
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore
import TestSupport
import Testing

@testable import PostTraining

/// One way to configure an algorithm of the catalog; a new one joins with its defaults.
struct AlgorithmCase: CustomTestStringConvertible, Sendable {
  var algorithm: String
  var keys: JSON
  var testDescription: String { "\(algorithm) \(keys.text())" }

  /// The keys that lead to an objective of their own, by algorithm.
  static let variants: [String: [JSON]] = [
    "grpo": [
      ["importance_sampling_level": "sequence"],
      ["importance_sampling_level": "sequence_product"],
      ["aggregation": "token_mean"], ["aggregation": "constant"],
      ["aggregation": "sequence_sum"],
      ["scale_rewards": "none"], ["scale_rewards": "batch"],
      ["scale_rewards": "mean"], ["scale_rewards": "max_mean"],
      ["baseline": "leave_one_out", "scale_rewards": "none"], ["baseline": "length_weighted"],
      ["baseline": "greedy"], ["baseline": "none"], ["baseline": "best_of_others"],
      ["baseline": "best_of_others", "best_of": 3], ["whiten_advantages": true], ["gamma": 0.9],
      ["beta": 0.1, "kl_estimator": "k1", "kl_in": "token_reward"],
      ["surrogate": "sapo"],
      ["surrogate": "gmpo", "importance_sampling_level": "sequence", "epsilon": 0.1],
      ["surrogate": "vespo", "importance_sampling_level": "sequence_product"],
      ["top_entropy_quantile": 0.3], ["off_policy_mask_threshold": 0.001],
      ["epsilon": 0.01, "epsilon_high": 0.02], ["epsilon_high": 10, "dual_clip": 1.02],
      ["beta": 0.1], ["beta": 0.1, "kl_estimator": "k2"], ["beta": 0.1, "kl_estimator": "k3"],
      ["beta": 0.1, "kl_estimator": "k1", "kl_in": "reward"],
      ["entropy_coef": 0.1], ["temperature": 1.5],
      ["surrogate": "detached", "epsilon": 0.1, "epsilon_high": 1.1],
      ["updates_per_collection": 2, "num_iterations": 2],
      ["gates": [["type": "zero_variance", "action": "skip"]], "beta": 0.1],
      ["reward": ["model": 1]], ["reward": ["verifier": 0, "model": 1], "baseline": "greedy"],
    ],
    "ppo": [
      ["value": ["type": "shared"]], ["value": ["type": "separate", "warmup_steps": 1]],
      ["value": ["type": "shared"], "beta": 0.1, "num_iterations": 2],
      ["beta": 0.1], ["beta": 0.1, "kl_estimator": "k2"], ["beta": 0.1, "kl_estimator": "k3"],
      ["beta": 0.1, "kl_estimator": "k1", "kl_in": "reward"],
      ["beta": 0.1, "kl_estimator": "k1", "kl_in": "reward", "kl_target": 0.5],
      ["whiten_advantages": false], ["whiten_rewards": true], ["missing_eos_penalty": 1],
      ["reward": ["model": 1]],
      ["gamma": 0.9, "lam": 0.5], ["cliprange_value": 0], ["entropy_coef": 0.1],
      ["num_iterations": 2], ["temperature": 1.5], ["epsilon": 0.01, "epsilon_high": 0.02],
    ],
    "dpo": preferences,
    "reward": [
      ["center_rewards_coefficient": 0.1],
      ["pairs": ["type": "online", "chosen": "demonstration", "prompts_per_step": 8]],
    ],
    "expert_iteration": [
      ["selection": ["type": "best_of_n"]], ["selection": ["type": "top_fraction"]],
      ["selection": ["type": "best_of_n"], "keep_per_prompt": 3, "num_iterations": 2],
      ["curriculum": ["type": "hard"], "shaping": [["type": "novelty"]]],
      ["selection": ["type": "best_of_n"], "reward": ["verifier": 0, "model": 1]],
    ],
    "distill": [
      ["divergence": ["top_k": 3]], ["divergence": ["type": "forward_kl"]],
      ["divergence": ["type": "forward_kl", "top_k": 2]], ["divergence": ["type": "jsd"]],
      ["divergence": ["type": "jsd", "normalized": false]],
      ["divergence": ["type": "jsd", "beta": 0.1, "top_k": 2]],
      [
        "divergence": ["type": "soft_labels"], "lambda": 0, "data": "demonstrations",
        "num_generations": 2,
      ],
      ["divergence": ["type": "soft_labels", "label_smoothing": 0.1]],
      ["divergence": ["type": "sampled"]], ["divergence": ["type": "sampled", "discount": 0.9]],
      ["lambda": 0], ["temperature": 1.5, "teacher_temperature": 2], ["reward_weight": 0.5],
      ["temperature": 2, "temperature_squared": true, "aggregation": "sequence_mean"],
      ["divergence": ["type": "sampled"], "reward_weight": 1, "scale_rewards": "group"],
      ["updates_per_collection": 2, "num_iterations": 2, "aggregation": "constant"],
    ],
  ]

  /// What makes a step of a size that the tests are quick with.
  static let sizes: [String: JSON] = [
    "grpo": ["prompts_per_step": 8, "num_generations": 6],
    "ppo": ["prompts_per_step": 8, "num_generations": 6],
    "process_reward": ["prompts_per_step": 8, "num_generations": 6],
    "dpo": ["pairs": ["type": "online", "prompts_per_step": 8, "num_generations": 4]],
    // An untrained policy solves nothing, and an update of one row has no parts.
    "expert_iteration": [
      "prompts_per_step": 8, "num_generations": 6, "batch_size": 2,
      "selection": ["type": "verified", "unsolved": "demonstration"],
    ],
    "reward": ["pairs": ["type": "start", "prompts": 16, "batch_size": 8, "num_generations": 4]],
    "distill": ["prompts_per_step": 8, "num_generations": 3],
  ]

  /// Every preset of the tables; where a collection may have several updates, it has.
  static var presets: [AlgorithmCase] {
    GRPOConfig.presets.keys.sorted().map {
      AlgorithmCase(
        algorithm: GRPO.name, keys: ["preset": JSON($0), "updates_per_collection": 2])
    }
      + DPOConfig.presets.keys.sorted().map {
        AlgorithmCase(algorithm: DPO.name, keys: ["preset": JSON($0)])
      }
  }

  /// The stage with `keys`, of a size that the tests are quick with.
  func stage(_ keys: JSON) -> JSON {
    JSON(members: [("type", JSON(algorithm))])
      .merging(Self.sizes[algorithm] ?? ["batch_size": 12]).merging(self.keys).merging(keys)
  }

  static var all: [AlgorithmCase] {
    AlgorithmCatalog.algorithms.flatMap { type in
      ([[:]] + (variants[type.name] ?? [])).map { AlgorithmCase(algorithm: type.name, keys: $0) }
    }
  }
}

/// What one step of an algorithm hands to the optimizer, update by update.
struct StepGradients {
  var updates: [Parameters] = []
  /// How many the first update trains.
  var roles = 0
  var batches: [Int] = []
  var metrics = Metrics()

  /// Collects with one policy and takes gradients of another, so that ratios leave 1.
  init(_ test: AlgorithmCase, rows: Int, isTied: Bool = false, shift: Float = 0.3) throws {
    let stage = test.stage(["micro_batch_rows": JSON(rows)])
    let setup = try Workbench().setup(
      Workbench.config(stage, model: ["tie_word_embeddings": JSON(isTied)]))
    let variant = setup.config.stages.entries[0].value
    try self.init(variant.algorithm, variant.stage, setup, shift)
  }

  private init<Method: Algorithm>(
    _ type: Method.Type, _ stage: any StageConfig, _ setup: RunSetup, _ shift: Float
  ) throws {
    let config = try #require(stage as? Method.Config)
    var models = try setup.models()
    let first = models
    func moved(_ role: Role, _ seed: UInt64, by share: Float) -> Parameters? {
      first.weights[role].map { $0.moved(towards: $0.redrawn(RandomStream(seed: seed)), by: share) }
    }
    // Every role its own weights, so that no divergence between them is 0 and no head silent.
    for (seed, role) in Role.allCases.enumerated() where role != .policy {
      if let weights = moved(role, UInt64(seed), by: 1) { models.weights[role] = weights }
    }
    var method = try Method(config, setup.context(ofStage: "stage"))
    let collected = try method.collect(step: 0, with: models.bound())
    let trained = config.optimizers.keys.sorted { $0.rawValue < $1.rawValue }
    for role in trained { models.weights[role] = moved(role, 2, by: shift) }
    var index = 0
    while let update = try method.update(
      index, from: collected.experience, with: models.bound())
    {
      var gradients = Weights()
      for batch in update.batches {
        let measured = try accumulateGradients(
          of: models.weights,
          trainable: Dictionary(uniqueKeysWithValues: update.trains.map { ($0, .all) }),
          into: &gradients
        ) { watched in
          let bound = try models.with(watched).bound()
          let objective = try method.objective(on: batch, with: bound)
          return (objective.loss, objective.metrics)
        }
        metrics.merge(measured)
      }
      updates += update.trains.map { gradients[$0] ?? Parameters() }
      if index == 0 { roles = update.trains.count }
      batches.append(update.batches.count)
      index += 1
    }
  }

  /// The gradients of the first update, a role after the other.
  var firstUpdate: ArraySlice<Parameters> { updates.prefix(roles) }

  func isIdentical(to other: StepGradients) -> Bool {
    updates.count == other.updates.count
      && zip(updates, other.updates).allSatisfy { $0.isIdentical(to: $1) }
  }

  /// Over all tensors and updates, the largest `‖Δ‖₂ / ‖g‖₂`.
  func largestError(against other: StepGradients) -> Double {
    var largest = 0.0
    for (own, others) in zip(updates, other.updates) {
      for name in own.names {
        let (a, b) = (own[name]?.values ?? [], others[name]?.values ?? [])
        largest = max(largest, relativeError(a.map(Double.init), b.map(Double.init)))
      }
    }
    return largest
  }
}

@Suite struct AlgorithmLawTests {
  /// Rows of the smallest micro-batches, of middling ones, and of one for the whole step.
  private static let whole = 100_000

  @Test(arguments: AlgorithmCase.all + AlgorithmCase.presets)
  func aSplitBetweenGroupsChangesNoBit(_ test: AlgorithmCase) throws {
    let whole = try StepGradients(test, rows: Self.whole)
    #expect(whole.batches.allSatisfy { $0 == 1 })
    #expect(whole.updates.allSatisfy { gradientNorm($0) > 1e-4 })
    for rows in [1, 60] {
      let parts = try StepGradients(test, rows: rows)
      #expect(rows > 1 || parts.batches.allSatisfy { $0 > 1 })
      #expect(parts.isIdentical(to: whole), "\(rows) rows: \(parts.largestError(against: whole))")
    }
  }

  /// An embedding that is the head too is added to from two sides, in another order.
  @Test(arguments: AlgorithmCase.all + AlgorithmCase.presets)
  func tiedWeightsKeepTheSplitTo1e6(_ test: AlgorithmCase) throws {
    let whole = try StepGradients(test, rows: Self.whole, isTied: true)
    let parts = try StepGradients(test, rows: 1, isTied: true)
    #expect(parts.updates.count == whole.updates.count && !parts.updates.isEmpty)
    #expect(parts.largestError(against: whole) <= 1e-6)
  }

  @Test(arguments: AlgorithmCase.all + AlgorithmCase.presets)
  func threadsChangeNoBit(_ test: AlgorithmCase) throws {
    let one = try onThreads(1) { try StepGradients(test, rows: 60) }
    let two = try onThreads(2) { try StepGradients(test, rows: 60) }
    #expect(two.isIdentical(to: one))
  }

  /// Each variant is an objective of its own: its first update's gradient is not the default's.
  @Test(arguments: AlgorithmCase.all.filter { $0.keys.members?.isEmpty == false })
  func everyVariantMovesTheGradient(_ test: AlgorithmCase) throws {
    let plain = try StepGradients(AlgorithmCase(algorithm: test.algorithm, keys: [:]), rows: 60)
    let own = try StepGradients(test, rows: 60)
    #expect(
      own.updates.count != plain.updates.count
        || zip(own.firstUpdate, plain.firstUpdate).contains { !$0.isIdentical(to: $1) })
  }

  /// The cases above reach the clips that they are meant to reach.
  @Test func theClipIsActive() throws {
    let narrow = AlgorithmCase(
      algorithm: GRPO.name, keys: ["epsilon": 0.01, "epsilon_high": 0.02])
    let metrics = try StepGradients(narrow, rows: 60).metrics
    #expect(try #require(metrics["clip_ratio/low_mean"]) > 0.01)
    #expect(try #require(metrics["clip_ratio/high_mean"]) > 0.01)
  }
}
