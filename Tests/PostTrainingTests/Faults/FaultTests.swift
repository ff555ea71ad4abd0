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

  /// The run from its beginning.
  @Test(arguments: Way.allCases) func noOperationOfARunMayFailUnmended(_ way: Way) throws {
    let run = try TinyRun.shared.get()
    #expect(run.operations.count > 150)
    try check(way, run, from: Disk(), run.operations)
  }

  /// The run gone on with after a death in its third step.
  @Test(arguments: Way.allCases) func noOperationOfAResumptionMayFailUnmended(_ way: Way) throws {
    let run = try TinyRun.shared.get()
    #expect(run.resumingOperations.count > 80)
    try check(way, run, from: run.brokenDisk, run.resumingOperations)
  }

  private func check(
    _ way: Way, _ run: TinyRun, from disk: Disk, _ operations: [Bool]
  ) throws {
    var places = operations.indices.filter { !way.isAboutSpace || operations[$0] }
    if !Self.isThorough {
      let stride = places.count / 5
      places = places.enumerated().filter { ($0.offset + 11 * way.rawValue) % stride == 0 }
        .map(\.element)
    }
    #expect(places.count >= 5)
    for index in places { try check(way, index, run, disk) }
  }

  private func check(_ way: Way, _ index: Int, _ run: TinyRun, _ disk: Disk) throws {
    let faulty = FaultFileSystem(disk, fault: way.fault(at: index))
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
