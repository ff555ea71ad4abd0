import Configuration
import Foundation
import Platform
import TestSupport
import Testing

@testable import PostTraining

@Suite struct RunsCheckpointTests {
  private func content(_ step: Int) -> CheckpointContent {
    CheckpointContent(
      step: step, files: exampleFiles(step), configHash: "c0ffee",
      environmentFingerprints: ["arith": "f00d"], version: "0.1")
  }

  /// A store with checkpoints of the given steps, all kept.
  private func inStore(_ steps: [Int], _ body: (CheckpointStore) throws -> Void) throws {
    try inTemporaryDirectory { directory in
      let store = CheckpointStore(directory: "\(directory)/checkpoints")
      for step in steps { try store.save(content(step), retention: Retention(keepLast: 99)) }
      try body(store)
    }
  }

  private func steps(_ store: CheckpointStore) throws -> [Int] { try store.entries().map(\.step) }

  @Test func whatIsSavedIsLoaded() throws {
    try inStore([7]) { store throws in
      let loaded = try CheckpointFiles(at: "\(store.directory)/step-00000007")
      #expect(loaded.step == 7)
      #expect(loaded.manifest.configHash == "c0ffee")
      #expect(loaded.manifest.environmentFingerprints == ["arith": "f00d"])
      #expect(loaded.manifest.files.map(\.size) == [10, 1000, 700])
      for (path, bytes) in exampleFiles(7) { #expect(loaded[path] == bytes) }
      #expect(loaded["nothing"] == nil)
      #expect(try LocalFileSystem().list(store.directory) == ["step-00000007"])
    }
  }

  /// The seal can be recomputed with `head -c` and `sha256sum`.
  @Test func theManifestEndsWithItsOwnDigest() throws {
    try inStore([7]) { store throws in
      let bytes = try LocalFileSystem().read("\(store.directory)/step-00000007/MANIFEST.json")
      let text = String(decoding: bytes, as: UTF8.self)
      let body = try #require(text.range(of: "  \"sha256\": \"", options: .backwards))
      let digest = SHA256.hexDigest(of: Array(text[..<body.lowerBound].utf8))
      #expect(text.hasSuffix("  \"sha256\": \"\(digest)\"\n}\n"))
      let keys = try JSON(parsing: bytes).members?.map(\.key)
      #expect(
        keys == [
          "format", "step", "files", "config_hash", "env_fingerprints", "rl_version", "sha256",
        ])
    }
  }

  @Test func retentionKeepsTheLastTheBestTheEveryAndTheResumed() throws {
    try inStore([1, 2, 3, 4, 5, 6]) { store throws in
      let retention = Retention(
        keepLast: 2, keepEvery: 4, best: 2, resumedFrom: "\(store.directory)/step-00000003")
      try store.save(content(7), retention: retention)
      #expect(try steps(store) == [2, 3, 4, 6, 7])
      try store.save(content(8), retention: Retention(keepLast: 0))
      #expect(try steps(store) == [8])
    }
  }

  /// A run that fell back writes a step that is there already: both stand, the new one counts.
  @Test func anExistingCheckpointIsNeverWrittenOver() throws {
    try inStore([5]) { store throws in
      let entry = try store.save(content(5), retention: Retention(keepLast: 9))
      #expect(entry.path.hasSuffix("/step-00000005.1"))
      #expect(try store.latestValid().checkpoint?.path == entry.path)
      try store.save(content(5), retention: Retention(keepLast: 1))
      #expect(
        try LocalFileSystem().list(store.directory) == ["step-00000005.2"])
    }
  }

  @Test(arguments: ["MANIFEST.json", "models/policy/model.safetensors", "trainer.json"])
  func damageIsNamedAndPassedOver(_ name: String) throws {
    let files = LocalFileSystem()
    try inStore([1, 2]) { store throws in
      let path = "\(store.directory)/step-00000002"
      let original = try files.read("\(path)/\(name)")
      var damaged: [[UInt8]?] = [nil, [], Array(original.dropLast()), original + [0x20]]
      for index in stride(from: 0, to: original.count, by: max(1, original.count / 40)) {
        for bit in [0, 5] as [UInt8] {
          var flipped = original
          flipped[index] ^= 1 << bit
          damaged.append(flipped)
        }
      }
      for bytes in damaged {
        if let bytes {
          try files.write(bytes, to: "\(path)/\(name)")
        } else {
          try files.remove("\(path)/\(name)")
        }
        let error = #expect(throws: RunError.self) { try CheckpointFiles(at: path) }
        guard case .corruptCheckpoint(path, name, _) = error else {
          Issue.record("expected \(name) to be named, found \(String(describing: error))")
          continue
        }
        let latest = try store.latestValid()
        #expect(latest.checkpoint?.step == 1)
        #expect(latest.rejected.count == 1)
      }
      try files.write(original, to: "\(path)/\(name)")
      #expect(try store.latestValid().checkpoint?.step == 2)
    }
  }

  /// A survey by sizes reads none of the files; one by digests finds what sizes do not show.
  @Test func sizesAloneAreVerifiedOnRequest() throws {
    try inStore([1]) { store throws in
      let path = "\(store.directory)/step-00000001"
      try LocalFileSystem().write([UInt8](repeating: 9, count: 10), to: "\(path)/trainer.json")
      let sizes = try CheckpointSurvey.list(path, verifying: .sizes)
      #expect(sizes.map(\.problem) == [nil])
      #expect(sizes.first?.bytes == 1710)
      let digests = try CheckpointSurvey.list(path, verifying: .digests)
      #expect(digests.first?.problem?.hasPrefix("trainer.json: expected sha256") == true)
      try LocalFileSystem().write([9], to: "\(path)/trainer.json")
      let short = try CheckpointSurvey.list(path, verifying: .sizes)
      #expect(short.first?.problem == "trainer.json: expected 10 bytes, found 1")
    }
  }

  /// Of three whole checkpoints and a broken one, the last whole one stays, and the broken goes;
  /// where none is whole, nothing goes.
  @Test func pruningCountsOnlyWholeCheckpoints() throws {
    try inTemporaryDirectory { runs throws in
      let run = try RunDirectory.create(named: "a", in: runs)
      for step in 1...4 {
        try run.checkpoints.save(content(step), retention: Retention(keepLast: 9))
      }
      try LocalFileSystem().write([], to: "\(run.path)/checkpoints/step-00000004/trainer.json")
      let rehearsal = try run.prune(keeping: 1, isRehearsal: true)
      #expect(rehearsal.removed.map(\.step) == [1, 2, 4])
      #expect(try run.checkpoints.entries().count == 4)
      #expect(try run.prune(keeping: 1).kept.map(\.step) == [3])
      #expect(try run.checkpoints.entries().map(\.step) == [3])
      try LocalFileSystem().remove("\(run.path)/checkpoints/step-00000003/MANIFEST.json")
      #expect(throws: RunError.self) { try run.prune(keeping: 1) }
      #expect(try run.checkpoints.entries().map(\.step) == [3])
    }
  }

  @Test func aManifestCannotLeadOutside() throws {
    try inStore([1]) { store throws in
      let path = "\(store.directory)/step-00000001"
      let manifest = CheckpointManifest(
        step: 1, files: [.init(name: "../step-00000001/trainer.json", size: 10, sha256: "")],
        configHash: "", environmentFingerprints: [:], version: "")
      try LocalFileSystem().write(try manifest.bytes(), to: "\(path)/MANIFEST.json")
      let survey = try CheckpointSurvey.list(path, verifying: .sizes)
      #expect(survey.first?.problem?.hasSuffix("found none") == true)
      #expect(throws: RunError.self) { try CheckpointFiles(at: path) }
    }
  }

  @Test func aRunStandsForItsLatestWholeCheckpoint() throws {
    try inStore([1, 2]) { store throws in
      let run = parentDirectory(of: store.directory)
      #expect(try CheckpointFiles.find(run).step == 2)
      #expect(try CheckpointFiles.find("\(store.directory)/step-00000001").step == 1)
      try LocalFileSystem().remove("\(store.directory)/step-00000002/trainer.json")
      #expect(try CheckpointFiles.find(run).step == 1)
      try LocalFileSystem().remove("\(store.directory)/step-00000001/trainer.json")
      let error = #expect(throws: RunError.self) { try CheckpointFiles.find(run) }
      #expect(error?.exitCode == 5)
      #expect(
        error?.description.contains("step-00000002: corrupt checkpoint: trainer.json") == true)
    }
  }

  @Test func absenceIsNotDamage() throws {
    try inStore([]) { store throws in
      #expect(try store.latestValid().checkpoint == nil)
      let error = #expect(throws: RunError.self) {
        try CheckpointFiles(at: "\(store.directory)/step-00000001")
      }
      guard case .missingCheckpoint = error else {
        Issue.record("found \(String(describing: error))")
        return
      }
    }
  }

  /// A disk that fills up at any place of a save: the error is passed on, nothing half-made is left.
  @Test func aFullDiskLeavesTheOldCheckpoint() throws {
    let empty = FaultFileSystem()
    let store = CheckpointStore(directory: "/checkpoints", fileSystem: empty)
    try store.save(content(1), retention: Retention(keepLast: 1))
    let healthy = FaultFileSystem(empty.disk)
    try CheckpointStore(directory: "/checkpoints", fileSystem: healthy)
      .save(content(2), retention: Retention(keepLast: 1))
    let renamed = try #require(healthy.renames.first)
    for operation in healthy.operations.indices where healthy.operations[operation] {
      let full = FaultFileSystem(
        empty.disk, fault: .refusal(at: operation, code: ENOSPC, forEver: true))
      let store = CheckpointStore(directory: "/checkpoints", fileSystem: full)
      do {
        try store.save(content(2), retention: Retention(keepLast: 1))
        #expect(operation > renamed)
      } catch let error as FileError {
        #expect(error.isOutOfSpace)
      }
      let names = try full.list("/checkpoints")
      #expect(names.allSatisfy { $0.hasPrefix("step-") })
      #expect(try store.latestValid().checkpoint?.step == (operation > renamed ? 2 : 1))
    }
  }

  @Test func tooLittleSpaceIsFoundBeforeWriting() throws {
    let small = FaultFileSystem(free: 1880)
    let error = #expect(throws: RunError.self) {
      try CheckpointStore(directory: "/checkpoints", fileSystem: small)
        .save(content(2), retention: Retention(keepLast: 1))
    }
    guard case .noSpace(_, let needed, 1880) = error else {
      Issue.record("found \(String(describing: error))")
      return
    }
    #expect(needed == 1710 + 171)  // a tenth more than the files
    #expect(try small.list("/checkpoints") == [])
  }
}
