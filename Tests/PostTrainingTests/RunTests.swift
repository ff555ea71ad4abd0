import Configuration
import Environments
import Foundation
import Platform
import TensorCore
import Testing

@testable import PostTraining

/// A whole run in a temporary directory: a small model, a few steps of each algorithm.
struct SmallRun {
  static let config: JSON = [
    "seed": 3,
    "model": [
      "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
      "num_key_value_heads": 2, "intermediate_size": 40, "max_position_embeddings": 24,
      "tokenizer": ["type": "characters"],
    ],
    "environment": "arith-add.json",
    "evaluation": ["every": 4, "episodes": 20],
    "checkpoint": ["every": 3, "keep": 5],
    "stages": [
      "warm": [
        "type": "sft", "max_steps": 5, "batch_size": 16,
        "stop_when": ["metric": "train/success", "every": 2, "episodes": 10],
        "optimizer": ["type": "adamw", "learning_rate": 3e-3],
      ],
      "rl": [
        "type": "grpo", "max_steps": 7, "prompts_per_step": 6, "num_generations": 4,
        "curriculum": ["type": "hard", "max_problems": 300],
        "gates": [["type": "zero_variance", "max_resample": 1]], "beta": 0.05,
        "optimizer": ["type": "adamw", "learning_rate": 1e-3],
      ],
    ],
  ]

  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
  let runs = FileManager.default.temporaryDirectory.path + "/rl-" + UUID().uuidString

  func setup(_ overrides: [String] = []) throws -> RunSetup {
    let json = try Self.config.applying(overrides.map { try Override($0) })
    let folders = ConfigFolders(workingDirectory: Self.root, packageRoot: Self.root)
    return try RunSetup(
      try resolveRun(json), configFile: "", folders: folders, families: BuiltinFamilies.all)
  }

  /// Runs to the end, or until `stopAfter` steps of this process.
  @discardableResult
  func run(
    _ name: String, _ overrides: [String] = [], resume: ResumePolicy = .never, stopAfter: Int = .max
  ) throws -> RunResult {
    let steps = Steps(limit: stopAfter)
    var place = Run.Place(name: name, runs: runs)
    place.resume = resume
    var (run, _) = try Run.open(try setup(overrides), at: place) { steps.isOver }
    return try run.run { _ in steps.count += 1 }
  }

  final class Steps: @unchecked Sendable {
    var count = 0
    let limit: Int
    init(limit: Int) { self.limit = limit }
    var isOver: Bool { count >= limit }
  }

  func weights(_ result: RunResult) throws -> [UInt8] {
    try LocalFileSystem().read("\(result.checkpoint)/models/policy/model.safetensors")
  }

  /// The metrics without what may differ between equal runs.
  func metrics(_ name: String) throws -> [String] {
    try RunDirectory.readLog("\(runs)/\(name)/metrics.jsonl").map { line in
      JSON(
        members: (line.members ?? []).filter {
          !$0.key.hasPrefix("time/") && !$0.key.hasPrefix("machine/")
        }.map { ($0.key, $0.value) }
      ).text()
    }
  }
}

@Suite struct RunTests {
  /// Twelve steps equal k steps, a stop and the rest: weights, metrics, rollouts, for every k.
  @Test func resumingAnywhereGivesTheSameBits() throws {
    let small = SmallRun()
    let whole = try small.run("whole")
    let weights = try small.weights(whole)
    let metrics = try small.metrics("whole")
    #expect(metrics.count == 12)
    for k in 1..<12 {
      #expect(throws: InterruptedError.self) { try small.run("cut\(k)", stopAfter: k) }
      let rest = try small.run("cut\(k)", resume: .auto)
      #expect(try small.weights(rest) == weights)
      #expect(try small.metrics("cut\(k)") == metrics)
      let rollouts = "rollouts/00000001-00000100.jsonl"
      #expect(
        try LocalFileSystem().read("\(small.runs)/cut\(k)/\(rollouts)")
          == LocalFileSystem().read("\(small.runs)/whole/\(rollouts)"))
      #expect(rest.stages.count == 2)
    }
  }

  /// Neither the threads nor the split into micro-batches between groups changes a bit.
  @Test(arguments: ["threads=2", "micro"])
  func threadsAndMicroBatchesChangeNothing(_ change: String) throws {
    let small = SmallRun()
    let weights = try small.weights(try small.run("one"))
    let overrides =
      change == "micro"
      ? ["stages.warm.micro_batch_rows=1", "stages.rl.micro_batch_rows=1"] : [change]
    if change != "micro" { Threads.count = 2 }
    #expect(try small.weights(try small.run("other", overrides)) == weights)
  }

  /// The first law, in every line of an on-policy stage.
  @Test func sampledAndTrainedLogProbabilitiesAreTheSameBits() throws {
    let small = SmallRun()
    try small.run("law")
    let lines = try RunDirectory.readLog("\(small.runs)/law/metrics.jsonl")
    let differences = lines.compactMap { $0["sampling/logp_difference_max"]?.double }
    #expect(differences == Array(repeating: 0, count: 7))
  }

  /// Evaluation draws from its own stream: with or without it the weights are the same.
  @Test func evaluationDoesNotDisturbTraining() throws {
    let small = SmallRun()
    let weights = try small.weights(try small.run("seen"))
    let overrides = ["evaluation.every=1", "evaluation.temperature=1", "evaluation.samples=3"]
    #expect(try small.weights(try small.run("unseen", overrides)) == weights)
  }

  @Test func anotherConfigurationCannotResume() throws {
    let small = SmallRun()
    #expect(throws: InterruptedError.self) { try small.run("mixed", stopAfter: 4) }
    #expect(throws: ConfigErrors.self) { try small.run("mixed", ["seed=4"], resume: .auto) }
    #expect(throws: RunError.self) { try small.run("mixed") }
  }
}
