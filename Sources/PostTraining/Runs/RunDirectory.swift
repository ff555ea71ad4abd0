import Configuration
import Foundation
import Platform

/// The directory of one run, held by this process alone until the value goes.
public struct RunDirectory: Sendable {
  /// The longest line of `metrics.jsonl` and `events.jsonl`.
  public static let maximumLineLength = 64 * 1024

  public let path: String
  /// Those under `checkpoints/`.
  public let checkpoints: CheckpointStore
  let fileSystem: any FileSystem
  private let lock: any FileLock

  /// Makes `runs/name` and takes it; what exists there is left untouched unless `overwrite`.
  public static func create(
    named name: String, in runs: String, overwrite: Bool = false,
    fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> RunDirectory {
    guard !name.hasPrefix("."), CheckpointFiles.isInside(name), !name.contains("/") else {
      throw RunError.unusableName(name)
    }
    let path = "\(runs)/\(name)"
    try fileSystem.createDirectories(runs)
    do throws(FileError) {
      try fileSystem.createDirectory(path)
    } catch {
      guard error.isTaken else { throw error }
      guard overwrite, isRun(path, fileSystem) else { throw RunError.exists(path: path) }
      let run = try RunDirectory(path, fileSystem)
      try run.empty()
      return run
    }
    try fileSystem.synchronize(runs)
    return try RunDirectory(path, fileSystem)
  }

  /// Takes an existing run to continue it, and clears what an interrupted write left.
  ///
  /// The lock is proof enough that whoever wrote a temporary is gone: its pid may live again.
  public static func open(
    _ path: String, fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> RunDirectory {
    guard let found = try fileSystem.status(path), found.isDirectory, isRun(path, fileSystem)
    else { throw RunError.missingRun(path: path) }
    let run = try RunDirectory(path, fileSystem)
    for directory in ["", "/crash", "/eval", "/rollouts"].map({ path + $0 })
    where try fileSystem.status(directory) != nil {
      for name in try fileSystem.list(directory) where name.hasSuffix(".tmp") {
        try fileSystem.remove("\(directory)/\(name)")
      }
    }
    try run.checkpoints.removeTemporaries()
    return run
  }

  private init(_ path: String, _ fileSystem: any FileSystem) throws {
    do throws(LockError) {
      lock = try fileSystem.lock("\(path)/.lock")
    } catch {
      switch error {
      case .held(_, let owner): throw RunError.locked(path: path, owner: owner)
      case .file(let error): throw error
      }
    }
    try fileSystem.synchronize(path)  // a run is known by its lock
    (self.path, self.fileSystem) = (path, fileSystem)
    checkpoints = CheckpointStore(directory: "\(path)/checkpoints", fileSystem: fileSystem)
  }

  /// Only runs are emptied and cleared: a wrong name must not cost somebody a file.
  private static func isRun(_ path: String, _ fileSystem: any FileSystem) -> Bool {
    fileSystem.exists("\(path)/.lock") || (try? fileSystem.list(path)) == []
  }

  private func empty() throws {
    for name in try fileSystem.list(path) where name != ".lock" {
      try fileSystem.removeAll("\(path)/\(name)")
    }
  }
}

extension RunDirectory {
  /// The configuration with every default in it: enough to run the same again.
  public func writeConfig(_ config: JSON) throws { try replace("config.json", with: config) }

  /// The configuration as `writeConfig` left it.
  public func readConfig() throws -> JSON { try readJSON("config.json") }

  /// Where the run is, for those who look from outside.
  public func writeStatus(_ status: JSON) throws {
    try replace("status.json", with: status, durable: false)
  }

  /// One evaluation in full.
  public func writeEvaluation(_ evaluation: JSON, step: Int) throws {
    try makeDirectory("eval")
    try replace("eval/\(padded(step)).json", with: evaluation)
  }

  /// What a step diverged on.
  public func writeCrash(_ crash: JSON, step: Int) throws {
    try makeDirectory("crash")
    try replace("crash/step-\(padded(step)).json", with: crash)
  }

  func readJSON(_ name: String) throws -> JSON {
    let bytes = try fileSystem.read("\(path)/\(name)")
    do throws(JSONError) {
      return try JSON(parsing: bytes, file: "\(path)/\(name)")
    } catch {
      throw RunError.corruptFile(path: "\(path)/\(name)", reason: error.reason)
    }
  }

  func replace(_ name: String, with json: JSON, durable: Bool = true) throws {
    let text = Array((json.text(pretty: true) + "\n").utf8)
    try fileSystem.replace("\(path)/\(name)", with: text, durable: durable)
  }

  func makeDirectory(_ name: String) throws {
    if try fileSystem.status("\(path)/\(name)") == nil {
      try fileSystem.createDirectory("\(path)/\(name)")
      try fileSystem.synchronize(path)
    }
  }
}
