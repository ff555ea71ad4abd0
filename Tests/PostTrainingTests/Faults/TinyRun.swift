import Configuration
import Platform

@testable import PostTraining

/// Three steps with a checkpoint after each, of a model of a few hundred weights.
struct TinyRun: Sendable {
  static let path = "/runs/tiny"
  static let shared = Result { try measured() }

  private static let config: JSON = [
    "seed": 3,
    "model": [
      "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2,
      "num_key_value_heads": 1, "intermediate_size": 8, "max_position_embeddings": 12,
      "tokenizer": ["type": "characters"],
    ],
    "environment": "sums.json",
    "evaluation": ["every": 2, "episodes": 2],
    "checkpoint": ["every": 1, "keep": 1],
    "stages": [
      "warm": ["type": "sft", "max_steps": 1, "batch_size": 2],
      "rl": ["type": "grpo", "max_steps": 2, "prompts_per_step": 1, "num_generations": 2],
    ],
  ]

  private let setup: RunSetup
  private let evaluators: RunEvaluators
  /// Of an undisturbed run: for each file operation, whether it needs space.
  private(set) var operations: [Bool] = []
  private(set) var whole = Trace()
  private(set) var finishedDisk = Disk()
  /// As a death in the third step leaves it, and what the operations are that go on from there.
  private(set) var brokenDisk = Disk()
  private(set) var resumingOperations: [Bool] = []

  /// What equal runs have in common.
  struct Trace: Equatable {
    var weights: [UInt8] = [], moments: [UInt8] = [], rollouts: [UInt8] = []
    var metrics: [String] = []
  }

  init(_ overrides: [String] = []) throws {
    setup = try Workbench().setup(
      try Self.config.applying(try overrides.map { try Override($0) }))
    evaluators = try RunEvaluators(setup)
  }

  /// Runs once undisturbed, to compare with.
  private static func measured() throws -> TinyRun {
    var run = try TinyRun()
    let fileSystem = FaultFileSystem()
    let result = try run.complete(on: fileSystem)
    run.operations = fileSystem.operations
    run.whole = try run.trace(result, on: fileSystem)
    run.finishedDisk = fileSystem.disk
    run.brokenDisk = try run.disk(dyingWithLines: 3)
    let mended = FaultFileSystem(run.brokenDisk)
    try run.complete(on: mended)
    run.resumingOperations = mended.operations
    return run
  }

  /// Begins the run or goes on with it, to its end.
  @discardableResult
  func complete(
    on fileSystem: FaultFileSystem, _ control: RunControl = RunControl()
  ) throws -> RunResult {
    var place = Run.Place(name: "tiny", runs: parentDirectory(of: Self.path))
    place.resume = .auto
    var (run, _) = try Run.open(setup, evaluators, at: place, control, fileSystem)
    return try run.run { _ in }
  }

  /// What a death leaves right after that many lines of metrics were written.
  private func disk(dyingWithLines lines: Int) throws -> Disk {
    var (low, high) = (0, operations.count)
    var found = Disk()
    while low < high {
      let middle = (low + high) / 2
      let dying = FaultFileSystem(fault: .death(at: middle, midway: false))
      _ = try? complete(on: dying)
      let log = (try? dying.disk.read("\(Self.path)/metrics.jsonl")) ?? []
      if log.count(where: { $0 == UInt8(ascii: "\n") }) >= lines {
        (high, found) = (middle, dying.disk)
      } else {
        low = middle + 1
      }
    }
    return found
  }

  func trace(_ result: RunResult, on fileSystem: FaultFileSystem) throws -> Trace {
    let disk = fileSystem.disk
    return Trace(
      weights: try disk.read("\(result.checkpoint)/models/policy/model.safetensors"),
      moments: try disk.read("\(result.checkpoint)/optimizer/policy.safetensors"),
      rollouts: try disk.read("\(Self.path)/rollouts/00000001-00000100.jsonl"),
      metrics: try RunDirectory.readLog("\(Self.path)/metrics.jsonl", in: FaultFileSystem(disk))
        .map(withoutTimes))
  }

  func attempts(on fileSystem: FaultFileSystem) throws -> [RunAttempt] {
    try RunDirectory.open(Self.path, fileSystem: FaultFileSystem(fileSystem.disk)).attempts()
  }

  /// What no process that ended well leaves behind.
  func temporaries(on fileSystem: FaultFileSystem) throws -> [String] {
    let disk = fileSystem.disk
    let directories = ["", "/checkpoints", "/eval", "/rollouts"].map { Self.path + $0 }
    let names = try directories.filter { disk.status($0) != nil }.flatMap { try disk.list($0) }
    return names.filter {
      $0.hasPrefix(".tmp-") || $0.hasPrefix(".del-") || $0.hasSuffix(".tmp")
    }
  }
}
