import Configuration
import Foundation
import Platform
import Randomness
import Testing

@testable import PostTraining

/// Every file operation of a run with three checkpoints goes wrong, one at a time, in every way:
/// the next process loads a checkpoint no older than the last that was safe, or that the run took
/// for saved, and ends with the same bits.
///
/// All of them with `RL_FAULTS=all` in the environment; otherwise some of each way, others for each.
@Suite struct FaultTests {
  /// What goes wrong, and what is left on the disk for the process that comes after.
  enum Way: Int, CaseIterable, Sendable {
    case death, deathMidway, powerLoss, powerLossOutOfOrder
    case errorOnce, errorForEver, errorOnceThenPowerLoss, errorForEverThenPowerLoss
    case fullOnce, fullForEver

    func fault(at index: Int) -> FaultFileSystem.Fault {
      switch self {
      case .death, .powerLoss, .powerLossOutOfOrder: .death(at: index, midway: false)
      case .deathMidway: .death(at: index, midway: true)
      case .errorOnce, .errorOnceThenPowerLoss: .refusal(at: index, code: EIO, forEver: false)
      case .errorForEver, .errorForEverThenPowerLoss:
        .refusal(at: index, code: EIO, forEver: true)
      case .fullOnce: .refusal(at: index, code: ENOSPC, forEver: false)
      case .fullForEver: .refusal(at: index, code: ENOSPC, forEver: true)
      }
    }

    var isAboutSpace: Bool { self == .fullOnce || self == .fullForEver }

    func remains(of disk: Disk, seed: Int) -> Disk {
      var disk = disk
      var random: RandomStream?
      switch self {
      case .powerLoss, .errorOnceThenPowerLoss, .errorForEverThenPowerLoss:
        disk.losePower(sparing: &random)
      case .powerLossOutOfOrder:
        random = RandomStream(seed: UInt64(seed))
        disk.losePower(sparing: &random)
      default: break
      }
      return disk
    }
  }

  private static let isThorough = ProcessInfo.processInfo.environment["RL_FAULTS"] == "all"

  @Test(arguments: Way.allCases) func noOperationMayFailUnmended(_ way: Way) throws {
    let run = try TinyRun.shared.get()
    var places = run.operations.indices.filter { !way.isAboutSpace || run.operations[$0] }
    if !Self.isThorough {
      let stride = places.count / 6
      places = places.enumerated().filter { ($0.offset + 11 * way.rawValue) % stride == 0 }
        .map(\.element)
    }
    #expect(places.count >= 6)
    for index in places { try check(way, index, run) }
  }

  private func check(_ way: Way, _ index: Int, _ run: TinyRun) throws {
    let faulty = FaultFileSystem(fault: way.fault(at: index))
    let control = RunControl()
    do {
      #expect(try run.trace(run.complete(on: faulty, control), on: faulty) == run.whole)
    } catch {
      #expect(error is FileError || error is SaveFailure, "\(way) \(index): \(error)")
    }
    let synchronized = faulty.disk.safeNames(in: "\(TinyRun.path)/checkpoints")
      .compactMap { Int($0.dropFirst("step-".count)) }.max()
    let safe = max(synchronized ?? 0, control.pace.savedStep ?? 0)
    if way.isAboutSpace { #expect(try run.temporaries(on: faulty) == [], "\(way) \(index)") }
    let disk = way.remains(of: faulty.disk, seed: index)
    let mended = FaultFileSystem(disk)
    let result = try run.complete(on: mended)
    #expect(try run.trace(result, on: mended) == run.whole, "\(way) \(index)")
    let loaded = try run.attempts(on: mended).last?.fromStep ?? 0
    #expect(loaded >= safe, "\(way) \(index)")
    #expect(try run.temporaries(on: mended) == [], "\(way) \(index)")
  }
}

/// Three steps with a checkpoint after each, of a model of a few hundred weights.
struct TinyRun: Sendable {
  static let path = "/runs/tiny"
  static let shared = Result { try TinyRun() }

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

  /// What equal runs have in common.
  struct Trace: Equatable {
    var weights: [UInt8] = [], moments: [UInt8] = [], rollouts: [UInt8] = []
    var metrics: [String] = []
  }

  private init() throws {
    setup = try Workbench().setup(Self.config)
    evaluators = try RunEvaluators(setup)
    let fileSystem = FaultFileSystem()
    let result = try complete(on: fileSystem)
    operations = fileSystem.operations
    whole = try trace(result, on: fileSystem)
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
