import Configuration
import Platform

/// What stands at a checkpoint's place, for those who look after a run.
public struct CheckpointSurvey: Sendable, Equatable {
  /// How much is compared with the manifest: sizes need no file but the manifest to be read.
  public enum Verification: Sendable { case sizes, digests }

  public var path: String
  /// What the directory's name says, or else the manifest; `nil` where neither can be read.
  public var step: Int?
  public var files = 0
  /// All files together, without the manifest.
  public var bytes = 0
  /// The file that is wrong and why; `nil` for a whole checkpoint.
  public var problem: String?

  /// The checkpoints of the run at `path` from the oldest to the latest, or the one at `path`.
  public static func list(
    _ path: String, verifying: Verification, in fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> [CheckpointSurvey] {
    let store = CheckpointStore(directory: "\(path)/checkpoints", fileSystem: fileSystem)
    if try fileSystem.status(store.directory) != nil {
      return try store.entries().map {
        try CheckpointSurvey(at: $0.path, step: $0.step, verifying, fileSystem)
      }
    }
    let isRun = try fileSystem.status("\(path)/.lock") != nil
    return isRun ? [] : [try CheckpointSurvey(at: path, step: nil, verifying, fileSystem)]
  }

  init(
    at path: String, step: Int?, _ verification: Verification, _ fileSystem: any FileSystem
  ) throws {
    (self.path, self.step) = (path, step)
    do {
      let manifest =
        verification == .digests
        ? try CheckpointFiles(at: path, in: fileSystem).manifest
        : try CheckpointFiles.manifest(at: path, in: fileSystem)
      self.step = manifest.step
      files = manifest.files.count
      bytes = manifest.files.reduce(0) { $0 + $1.size }
      for file in manifest.files {
        let found =
          CheckpointFiles.isInside(file.name)
          ? try fileSystem.status("\(path)/\(file.name)")?.size : nil
        if found == file.size { continue }
        let what = found.map { "\($0)" } ?? "none"
        throw RunError.corruptCheckpoint(
          path: path, file: file.name, reason: "expected \(file.size) bytes, found \(what)")
      }
    } catch RunError.corruptCheckpoint(_, let file, let reason) {
      problem = "\(file): \(reason)"
    }
  }
}

extension RunDirectory {
  /// Removes all checkpoints but the last whole ones, at least one, and the best.
  ///
  /// Those that are not whole go too, unless none is whole: then nothing goes.
  public func prune(
    keeping count: Int, isRehearsal: Bool = false
  ) throws -> (kept: [CheckpointSurvey], removed: [CheckpointSurvey]) {
    let entries = try checkpoints.entries()
    let surveys = try entries.map {
      try CheckpointSurvey(at: $0.path, step: $0.step, .digests, fileSystem)
    }
    let whole = surveys.filter { $0.problem == nil }
    guard let latest = whole.last else {
      if let broken = surveys.last {
        throw RunError.corruptCheckpoint(
          path: broken.path, file: broken.problem ?? "", reason: "no other is whole either")
      }
      throw RunError.missingCheckpoint(path: checkpoints.directory)
    }
    let best = try? RunState(CheckpointFiles(at: latest.path, in: fileSystem)).best?.step
    let last = whole.suffix(max(1, count))
    let kept = whole.filter { last.contains($0) || $0.step == best }
    let doomed = entries.filter { entry in !kept.contains { $0.path == entry.path } }
    if !isRehearsal { for entry in doomed { try checkpoints.discard(entry) } }
    return (kept, surveys.filter { !kept.contains($0) })
  }
}
