import Configuration
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore
import TestSupport
import Testing

@testable import PostTraining

@Suite struct DPOTests {
  /// A stage on small models, of which the policy may be moved away from the reference.
  private struct Stage {
    var method: DPO
    var models: Models

    init(_ keys: JSON, shift: Float = 0) throws {
      let sizes: JSON = [
        "type": "dpo", "pairs": ["type": "online", "prompts_per_step": 6, "num_generations": 4],
      ]
      let setup = try Workbench().setup(Workbench.config(sizes.merging(keys)))
      let config = try #require(setup.config.stages.values[0].stage as? DPOConfig)
      method = try DPO(config, setup.context(ofStage: "stage"))
      models = try setup.models()
      let other = setup.architecture.freshParameters(from: RandomStream(seed: 9))
      models.weights[.policy] = models.weights[.policy]?.moved(towards: other, by: shift)
    }

    mutating func batches(rows: Int = 0) throws -> (pairs: [PreferencePair], [DPO.Batch]) {
      let bound = try models.bound()
      let experience = try method.collect(step: 0, with: bound).experience
      let update = try method.update(0, from: experience, with: bound)
      return (experience.pairs, update?.batches ?? [])
    }
  }

  private func sums(_ model: any LanguageModel, _ pair: PreferencePair) -> [Double] {
    [pair.chosen, pair.rejected].map { completion in
      var packed = PackedTokens()
      packed.append(
        prompt: pair.prompt, continuations: [(completion.tokens, completion.isScored)])
      let logProbs = model.statistics(of: packed, temperature: 1).logProbs.values
      return logProbs.reduce(0) { $0 + Double($1) }
    }
  }

  /// The reference is the policy itself: every log-ratio is 0, the loss log 2, nobody is ahead.
  @Test func atTheStartTheLossIsLogTwo() throws {
    var stage = try Stage([:])
    let (pairs, batches) = try stage.batches()
    let batch = try #require(batches.first)
    #expect(batches.count == 1 && pairs.count > 2)
    let objective = try stage.method.objective(on: batch, with: stage.models.bound())
    #expect(abs(objective.loss.value - 0.693_147_18) < 1e-6)
    for name in ["chosen", "rejected", "margins", "accuracies"] {
      #expect(objective.metrics["rewards/\(name)"] == 0)
    }
    #expect(objective.metrics["logps/chosen_shift"] == 0)
    // The first law: what was sampled is what training computes.
    #expect(objective.metrics["sampling/logp_difference_max"] == 0)
  }

  /// Against each completion scored alone: sums, rewards, the loss itself.
  @Test func figuresAreThoseOfTheCompletionsAlone() throws {
    var stage = try Stage(["beta": 0.5], shift: 0.5)
    let (pairs, batches) = try stage.batches()
    let bound = try stage.models.bound()
    let objective = try stage.method.objective(on: try #require(batches.first), with: bound)
    var (loss, chosen, shift, tokens) = (0.0, 0.0, 0.0, 0.0)
    for pair in pairs {
      let own = sums(bound[.policy], pair)
      let reference = sums(bound[.reference], pair)
      let ratios = zip(own, reference).map { $0 - $1 }
      loss += ElementaryFunctions.logarithm(
        1 + ElementaryFunctions.exponential(-0.5 * (ratios[0] - ratios[1])))
      chosen += own[0]
      shift += ratios[0]
      tokens += Double(pair.chosen.length)
    }
    let count = Double(pairs.count)
    #expect(abs(Double(objective.loss.value) - loss / count) < 1e-5)
    #expect(objective.metrics["losses/sigmoid"] == Double(objective.loss.value))
    let found = try #require(objective.metrics["logps/chosen"])
    #expect(abs(found - chosen / count) < 1e-4)
    #expect(abs(try #require(objective.metrics["logps/chosen_shift"]) - shift / tokens) < 1e-5)
  }

  /// KTO's z over the whole step, whatever the micro-batches: each pair's completions after the next
  /// pair's prompt.
  @Test(arguments: [1, 1000]) func theReferencePointIsTheStep(rows: Int) throws {
    var stage = try Stage(["preset": "kto", "micro_batch_rows": JSON(rows)], shift: 0.5)
    let (pairs, batches) = try stage.batches()
    let bound = try stage.models.bound()
    var total = 0.0
    for (index, pair) in pairs.enumerated() {
      var mismatched = pair
      mismatched.prompt = pairs[(index + 1) % pairs.count].prompt
      let own = sums(bound[.policy], mismatched)
      let reference = sums(bound[.reference], mismatched)
      total += own[0] + own[1] - reference[0] - reference[1]
    }
    let z = max(0, total / Double(2 * pairs.count))
    #expect(batches.allSatisfy { abs($0.coupling.referencePoint - z) < 1e-5 })
    #expect(batches.count == (rows == 1 ? pairs.count : 1))
  }

  /// WPO's `Σ p²` without the vocabulary's matrix, against that matrix.
  @Test func weightsAreTheVocabularys() throws {
    var stage = try Stage(["use_weighting": true])
    let (pairs, batches) = try stage.batches()
    let batch = try #require(batches.first)
    let model = try stage.models.bound()[.policy]
    let hidden = model.hiddenStates(of: batch.packed)
    let logits = hidden.logits(head: model.head.weight, rows: batch.packed.targetRows).values
    let width = logits.count / batch.packed.targets.count
    var terms: [Double] = []
    for (row, target) in batch.packed.targets.enumerated() {
      let exponentials = logits[row * width..<(row + 1) * width].map {
        ElementaryFunctions.exponential(Double($0))
      }
      let total = exponentials.reduce(0, +)
      let probabilities = exponentials.map { $0 / total }
      let squares = probabilities.reduce(0) { $0 + $1 * $1 }
      terms.append(
        ElementaryFunctions.logarithm(probabilities[Int(target.token)])
          - ElementaryFunctions.logarithm(squares))
    }
    var start = 0
    for (pair, weight) in zip(pairs, batch.weights.values) {
      var exponent = 0.0
      for length in [pair.chosen.length, pair.rejected.length] {
        exponent += terms[start..<start + length].reduce(0, +) / Double(length)
        start += length
      }
      let expected = ElementaryFunctions.exponential(exponent) / Double(pairs.count)
      #expect(abs(Double(weight) - expected) < 1e-4 * expected)
    }
  }

  /// Weights of several losses: the loss is the weighted sum of what each reports.
  @Test func lossesAddUp() throws {
    var stage = try Stage(
      [
        "losses": [
          ["type": "sigmoid", "weight": 0.8], ["type": "bco_pair", "weight": 0.2],
          ["type": "sft"],
        ]
      ], shift: 0.5)
    let (_, batches) = try stage.batches()
    let objective = try stage.method.objective(
      on: try #require(batches.first), with: stage.models.bound())
    let parts = try ["sigmoid", "bco_pair", "sft"].map {
      try #require(objective.metrics["losses/\($0)"])
    }
    let sum = 0.8 * parts[0] + 0.2 * parts[1] + parts[2]
    #expect(abs(Double(objective.loss.value) - sum) < 1e-5)
  }

  private static let stages: [(name: String, keys: JSON)] = [
    ("online", ["preset": "mpo", "pairs": ["type": "online", "prompts_per_step": 6]]),
    (
      "ranked",
      [
        "pairs": [
          "type": "online", "prompts_per_step": 6, "reward": ["verifier": 0.5, "model": 1],
        ]
      ]
    ),
    ("start", ["preset": "kto", "pairs": ["type": "start", "prompts": 12, "batch_size": 4]]),
    (
      "file",
      [
        "preset": "simpo",
        "pairs": [
          "type": "file", "data": "pairs.jsonl", "eval_data": "held.jsonl", "truncation": "cut",
          "max_length": 12, "batch_size": 3,
        ],
      ]
    ),
  ]

  /// A run whose second stage is a preference stage.
  private func run(_ keys: JSON) throws -> (SmallRun, RunSetup) {
    let small = try SmallRun()
    let rows = (0..<5).map { PreferenceFileTests.row($0) }
    try small.bench.write(rows.joined(separator: "\n"), to: "pairs.jsonl")
    try small.bench.write(PreferenceFileTests.row(6), to: "held.jsonl")
    var json = SmallRun.config
    json["environment"] = "letters.json"
    json["stages"] = [
      "warm": ["type": "sft", "max_steps": 3, "batch_size": 8],
      "rl": (["type": "dpo", "max_steps": 5] as JSON).merging(keys),
    ]
    json["models"] = Workbench.config(json["stages"]?["rl"] ?? [:])["models"]
    return (small, try small.bench.setup(json))
  }

  /// Stopping after any step and resuming gives the same weights and metrics.
  @Test(arguments: stages.indices) func resumingGivesTheSameBits(_ index: Int) throws {
    let (small, setup) = try run(Self.stages[index].keys)
    let whole = try small.run(setup, "whole")
    for k in 4..<8 {
      #expect(throws: InterruptedError.self) { try small.run(setup, "cut\(k)", stopAfter: k) }
      let rest = try small.run(setup, "cut\(k)", resume: .auto)
      #expect(try small.weights(rest) == small.weights(whole))
      #expect(try small.metrics("cut\(k)") == small.metrics("whole"))
    }
  }

  /// Every key of a line is defined, and no definition is for nothing.
  @Test func everyMetricIsDefined() throws {
    var unused = DPO.metrics.map(\.name)
    for stage in Self.stages {
      let (small, setup) = try run(stage.keys)
      try small.run(setup, "defined")
      let lines = try RunDirectory.readLog("\(small.runs)/defined/metrics.jsonl")
      let definitions =
        MetricDefinition.ofTraining + MetricDefinition.ofDiagnostics + DPO.metrics
        + MetricDefinition.ofCollection
      for line in lines where line["stage"]?.string == "rl" {
        for key in try #require(line.members).map(\.key) {
          #expect(definitions.contains { $0.defines(key) }, "\(stage.name): \(key)")
          unused.removeAll { name in MetricDefinition(name, "").defines(key) }
        }
      }
    }
    #expect(unused == [])
  }
}
