import Configuration
import NeuralNetworks
import Objectives
import Platform
import Testing

@testable import PostTraining

/// Distillation as a run: its teacher, its log, its checkpoints.
@Suite struct DistillRunTests {
  private static let stage: JSON = [
    "type": "distill", "max_steps": 7, "prompts_per_step": 4, "num_generations": 2, "lambda": 0.5,
    "reward_weight": 0.3, "curriculum": ["type": "hard", "max_problems": 300],
    "optimizer": ["learning_rate": 3e-3],
  ]

  private static func config(_ keys: JSON = [:]) -> JSON {
    var config = Workbench.config(stage.merging(keys), on: "sums.json")
    config["checkpoint"] = ["every": 2, "keep": 5]
    config["diagnostics"] = ["every": 2]
    return config
  }

  /// Seven steps equal k steps, a stop and the rest, for every k: also where sides are taken by lot,
  /// and where rows are read.
  @Test(arguments: [[:], ["data": "rows.jsonl"]] as [JSON])
  func resumingAnywhereGivesTheSameBits(_ keys: JSON) throws {
    let small = try SmallRun()
    let rows = (1...9).map { #"{"prompt": "\#($0)+1=", "completion": "\#($0 + 1)\n"}"# }
    try small.bench.write(rows.joined(separator: "\n"), to: "rows.jsonl")
    let setup = try small.bench.setup(Self.config(keys))
    let whole = try small.run(setup, "whole")
    let weights = try small.weights(whole)
    let metrics = try small.metrics("whole")
    #expect(metrics.count == 7)
    #expect(Set(try lines(small, "whole").compactMap { $0["on_policy"]?.double }) == [0, 1])
    for k in 1..<7 {
      #expect(throws: InterruptedError.self) { try small.run(setup, "cut\(k)", stopAfter: k) }
      let rest = try small.run(setup, "cut\(k)", resume: .auto)
      #expect(try small.weights(rest) == weights)
      #expect(try small.metrics("cut\(k)") == metrics)
      #expect(try small.rollouts("cut\(k)") == small.rollouts("whole"))
    }
  }

  private func lines(_ small: SmallRun, _ name: String) throws -> [JSON] {
    try RunDirectory.readLog("\(small.runs)/\(name)/metrics.jsonl")
  }

  /// The seventh law: what is written is defined, and what is defined is written by some stage.
  @Test func everyKeyIsDefinedAndWritten() throws {
    let small = try SmallRun()
    let sampled: JSON = ["lambda": 1, "divergence": ["type": "sampled", "discount": 1]]
    var unused = Distill.metrics
    let definitions =
      MetricDefinition.ofTraining + MetricDefinition.ofDiagnostics + Distill.metrics
      + MetricDefinition.ofObjectives + MetricDefinition.ofCollection
    for (name, keys) in [("mixed", [:]), ("sampled", sampled)] as [(String, JSON)] {
      try small.run(try small.bench.setup(Self.config(keys)), name)
      for line in try lines(small, name) {
        for key in try #require(line.members).map(\.key) {
          #expect(definitions.contains { $0.defines(key) }, "\(name): \(key)")
          unused.removeAll { $0.defines(key) }
        }
      }
    }
    #expect(unused.map(\.name) == [])
  }

  /// Both sides of the first law: on the student's steps nothing differs, and the teacher, who is
  /// frozen, is in no checkpoint's optimizer.
  @Test func onlyTheStudentMoves() throws {
    let small = try SmallRun()
    let result = try small.run(try small.bench.setup(Self.config(["lambda": 1])), "moved")
    let differences = try lines(small, "moved").compactMap {
      $0["sampling/logp_difference_max"]?.double
    }
    #expect(differences == Array(repeating: 0, count: 7))
    let teacher = try LocalFileSystem().read(
      "\(result.checkpoint)/models/teacher/model.safetensors")
    #expect(
      try teacher == LocalFileSystem().read("\(small.bench.folder)/teacher/model.safetensors"))
    #expect(!LocalFileSystem().exists("\(result.checkpoint)/optimizer/teacher.safetensors"))
  }

  /// A teacher of another vocabulary, tokenizer or length is refused before anything is created.
  @Test func anotherTokenizerIsRefused() throws {
    func refusal(_ config: JSON, _ model: JSON) throws -> String {
      let bench = try Workbench()
      try bench.writeModel(.teacher, for: config, model)
      let errors = try #require(throws: ConfigErrors.self) { try bench.setup(Self.config()) }
      #expect(!LocalFileSystem().exists(bench.runs))
      #expect(errors.errors.map(\.path) == ["models.teacher"])
      return "\(errors)"
    }
    let own = Self.config()
    let bytes = try refusal(own, ["tokenizer": ["type": "bytes"]])
    #expect(bytes.contains("token ids, the policy"))
    let letters = try refusal(
      own, ["tokenizer": ["type": "characters", "characters": "9876543210=+\n"]])
    #expect(letters.contains("another tokenizer than the policy: token id"))
    let short = try refusal(own, ["max_position_embeddings": 16])
    #expect(short.contains("16 positions, the policy 24"))
  }

  @Test func aStageWithoutATeacherIsRefused() throws {
    var config = Self.config()
    config["models"] = nil
    let errors = try #require(throws: ConfigErrors.self) { try Workbench().setup(config) }
    #expect(errors.errors.map(\.path) == ["models.teacher"])
  }
}
