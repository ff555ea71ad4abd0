import Foundation
import Platform
import Randomness
import Testing

@testable import PostTraining

/// Any file of a checkpoint cut short anywhere, or with any one bit turned: it is named, and passed
/// over where another will do.
///
/// 100 of each over all files in turn; with `RL_FAULTS=all` in the environment, 100 of each a file.
@Suite struct CorruptionTests {
  enum Damage: CaseIterable, Sendable { case truncation, flippedBit }

  @Test(arguments: Damage.allCases) func noDamageGoesUnseen(_ damage: Damage) throws {
    let run = try TinyRun.shared.get()
    let disk = run.finishedDisk
    let path = "\(TinyRun.path)/checkpoints/step-00000003"
    let manifest = try CheckpointFiles.manifest(at: path, in: FaultFileSystem(disk))
    let names = [CheckpointManifest.fileName] + manifest.files.map(\.name)
    #expect(names.count == 14)
    let isThorough = ProcessInfo.processInfo.environment["RL_FAULTS"] == "all"
    var found = 0
    let trials = isThorough ? 100 * names.count : 100
    for trial in 0..<trials {
      var random = RandomStream(seed: 17).split("\(damage)", trial)
      let name = names[trial % names.count]
      var bytes = try disk.read("\(path)/\(name)")
      switch damage {
      case .truncation: bytes = Array(bytes.prefix(random.below(bytes.count)))
      case .flippedBit: bytes[random.below(bytes.count)] ^= 1 << UInt8(random.below(8))
      }
      let damaged = FaultFileSystem(disk)
      try damaged.write(bytes, to: "\(path)/\(name)")
      if isSeen(name, path, damaged) { found += 1 }
    }
    #expect(found == trials)
  }

  private func isSeen(_ name: String, _ path: String, _ fileSystem: FaultFileSystem) -> Bool {
    do {
      _ = try CheckpointFiles(at: path, in: fileSystem)
      return false
    } catch RunError.corruptCheckpoint(path, name, let reason) {
      let error = RunError.corruptCheckpoint(path: path, file: name, reason: reason)
      let store = CheckpointStore(directory: parentDirectory(of: path), fileSystem: fileSystem)
      let latest = try? store.latestValid()
      return error.exitCode == 5 && latest?.checkpoint?.step == 2 && latest?.rejected.count == 1
    } catch {
      return false
    }
  }
}
