/// What stands in the way of starting, continuing or saving a run.
public enum RunError: Error, CustomStringConvertible, Sendable {
  /// A name that is no directory name of its own.
  case unusableName(String)
  case exists(path: String)
  /// Another process writes there; `owner` is its pid and host.
  case locked(path: String, owner: String)
  case missingRun(path: String)
  case missingCheckpoint(path: String)
  /// `file` is inside the checkpoint at `path`.
  case corruptCheckpoint(path: String, file: String, reason: String)
  /// A file of the run that only we write, and that is not as we write it.
  case corruptFile(path: String, reason: String)
  /// Found before anything was written.
  case noSpace(path: String, needed: Int, free: Int)
  case lineTooLong(path: String, bytes: Int)

  public var description: String {
    switch self {
    case .unusableName(let name):
      "\"\(name)\" cannot name a run: it must not be empty, start with a dot or hold a slash"
    case .exists(let path):
      "\(path): exists; --resume auto continues it, --overwrite replaces it, --name chooses another"
    case .locked(let path, let owner): "\(path): in use by \(owner)"
    case .missingRun(let path): "\(path): no run there"
    case .missingCheckpoint(let path): "\(path): no checkpoint there"
    case .corruptCheckpoint(let path, let file, let reason):
      "\(path): corrupt checkpoint: \(file): \(reason)"
    case .corruptFile(let path, let reason): "\(path): \(reason)"
    case .noSpace(let path, let needed, let free):
      "\(path): a checkpoint needs \(needed) bytes, \(free) are free"
    case .lineTooLong(let path, let bytes):
      "\(path): a line of \(bytes) bytes, at most \(RunDirectory.maximumLineLength)"
    }
  }

  /// What the process exits with: 2 usage, 5 checkpoint missing or corrupt, 6 exists or locked.
  public var exitCode: Int32 {
    switch self {
    case .unusableName: 2
    case .missingRun, .missingCheckpoint, .corruptCheckpoint: 5
    case .exists, .locked: 6
    case .corruptFile, .noSpace, .lineTooLong: 1
    }
  }
}
