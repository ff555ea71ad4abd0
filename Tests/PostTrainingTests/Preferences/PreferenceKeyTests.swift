import Configuration
import EnvironmentKit
import Testing

@testable import PostTraining

/// Keys inside the losses and sources of a preference stage: each changes the first gradient.
@Suite struct PreferenceKeyTests {
  /// A value for each key of any loss that is not its default.
  private static let lossChanges: [String: JSON] = [
    "weight": 2, "label_smoothing": 0.2, "gamma": 0.5, "discopop_tau": 0.5,
    "desirable_weight": 2, "undesirable_weight": 2,
    "score": ["type": "log_prob", "length_normalized": true],
  ]
  private static let onlineChanges: [String: JSON] = [
    "prompts_per_step": 5, "chosen": "demonstration", "num_generations": 3, "temperature": 1.5,
    "max_completion_length": 2, "curriculum": ["type": "hard"],
    "shaping": [["type": "overlong", "buffer": 5]], "reward": ["verifier": 0, "model": 1],
  ]
  private static let startChanges: [String: JSON] = onlineChanges.merging(
    ["prompts": 5, "batch_size": 7]
  ) { $1 }

  static var losses: [(type: String, key: String)] {
    PreferenceLossCatalog.entries.flatMap { entry in
      entry.block.keys.map { (entry.name, $0.key) }
    }
  }

  static var sources: [(type: String, key: String)] {
    ["online", "start"].flatMap { type -> [(String, String)] in
      let block = PairSourceCatalog.entries.first { $0.name == type }?.block
      return (block?.keys ?? []).map { (type, $0.key) }
    }
  }

  private func gradients(_ keys: JSON) throws -> StepGradients {
    try StepGradients(AlgorithmCase(algorithm: DPO.name, keys: keys), rows: 1000)
  }

  @Test(arguments: losses) func aLossReadsItsKeys(_ type: String, _ key: String) throws {
    let change = try #require(Self.lossChanges[key], "\(key) has no change")
    let base: JSON = ["type": JSON(type)]
    let before = try gradients(["losses": [base]])
    let after = try gradients(["losses": [base.merging(JSON(members: [(key, change)]))]])
    #expect(!before.isIdentical(to: after))
  }

  @Test(arguments: sources) func aSourceReadsItsKeys(_ type: String, _ key: String) throws {
    let change = try #require(Self.startChanges[key], "\(key) has no change")
    var base: JSON = ["type": JSON(type), "num_generations": 4]
    base[type == "start" ? "prompts" : "prompts_per_step"] = 8
    let before = try gradients(["pairs": base])
    let after = try gradients(["pairs": base.merging(JSON(members: [(key, change)]))])
    #expect(!before.isIdentical(to: after))
  }

  /// What the configuration says, and what the error must say of it.
  private static let refusals: [(keys: JSON, words: [String])] = [
    (["losses": []], ["stages.stage.losses", "at least one"]),
    (
      ["losses": [["type": "exo_pair", "label_smoothing": 0]]],
      ["stages.stage.losses[0].label_smoothing", "above 0"]
    ),
    (["losses": [["type": "robust", "label_smoothing": 0.5]]], ["label_smoothing", "0..<0.5"]),
    (
      ["losses": [["type": "nca_pair", "label_smoothing": 0.1]]],
      ["losses[0].label_smoothing", "unknown key"]
    ),
    (
      ["losses": [["type": "sigmoid", "score": ["type": "log_prob", "f_divergence": [:]]]]],
      ["losses[0].score.f_divergence", "unknown key"]
    ),
    (["losses": [["type": "sft"]], "beta": 0.3], ["stages.stage.beta", "not read", "sft"]),
    (["losses": [["type": "sft"]], "ld_alpha": 0.3], ["stages.stage.ld_alpha", "not read"]),
    (["losses": [["type": "aot"]], "use_weighting": true], ["stages.stage.use_weighting", "aot"]),
    (["losses": [["type": "ipo"], ["type": "ipo"]]], ["stages.stage.losses", "twice"]),
    (["losses": [["type": "sigmoids"]]], ["losses[0].type", "\"sigmoid\""]),
    (
      ["pairs": ["type": "online", "num_generations": 1]],
      ["stages.stage.pairs.num_generations", "at least 2"]
    ),
    (
      ["pairs": ["type": "online", "reward": ["verifier": 0]]],
      ["stages.stage.pairs.reward.model", "other than 0"]
    ),
    (
      ["pairs": ["type": "file", "data": "pairs.jsonl", "reward": ["model": 1]]],
      ["stages.stage.pairs.reward", "unknown key"]
    ),
    (["pairs": ["type": "file"]], ["stages.stage.pairs.data", "JSON Lines"]),
    (
      ["pairs": ["type": "file", "data": "pairs.jsonl"]],
      ["stages.stage.pairs.truncation", "error|drop|cut", "no default"]
    ),
    (
      ["pairs": ["type": "file", "data": "pears.jsonl", "truncation": "error"]],
      ["stages.stage.pairs.data", "pears.jsonl"]
    ),
    (
      ["pairs": ["type": "start", "curriculum": ["type": "band", "start_level": "four"]]],
      ["stages.stage.pairs.curriculum.start_level", "two"]
    ),
  ]

  @Test(arguments: refusals.indices) func aBadCombinationIsRefused(_ index: Int) throws {
    let (keys, words) = Self.refusals[index]
    let bench = try Workbench()
    try bench.write(PreferenceFileTests.row(0), to: "pairs.jsonl")
    let stage: JSON = ["type": "dpo"]
    do {
      _ = try bench.setup(Workbench.config(stage.merging(keys)))
      Issue.record("\(keys.text()) is taken")
    } catch let errors as ConfigErrors {
      let text = errors.errors.map(\.description).joined(separator: "\n")
      for word in words { #expect(text.contains(word), "\(text)") }
    }
  }

  /// A reference that no loss reads is refused; without one a stage has none in memory.
  @Test func aReferenceIsAskedForWhereItIsRead() throws {
    for (preset, needsReference) in [
      ("dpo", true), ("ipo", true), ("kto", true), ("mpo", true), ("orpo", false),
      ("simpo", false), ("cpo", false),
    ] {
      let setup = try Workbench().setup(
        Workbench.config(["type": "dpo", "preset": JSON(preset)]))
      let config = try #require(setup.config.stages.values[0].stage as? DPOConfig)
      #expect(DPO.requiredRoles(config).isEmpty != needsReference, "\(preset)")
    }
  }
}
