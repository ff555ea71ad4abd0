import Foundation

/// A refusal of the operating system: which operation on which path, and its reason.
public struct FileError: Error, Equatable, CustomStringConvertible, Sendable {
  /// What was attempted, as a verb: `write`, `rename`.
  public var operation: String
  public var path: String
  /// The system's error number, as in `errno`.
  public var code: Int32

  public init(_ operation: String, _ path: String, code: Int32) {
    (self.operation, self.path, self.code) = (operation, path, code)
  }

  /// The refusal that `errno` holds right after a failed call.
  init(_ operation: String, _ path: String) { self.init(operation, path, code: errno) }

  /// Nothing stands at the path.
  public var isMissing: Bool { code == ENOENT || code == ENOTDIR }
  /// The disk, the quota or the permitted file size is exhausted.
  public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }
  /// The path is taken already, or the directory there is not empty.
  public var isTaken: Bool { code == EEXIST || code == ENOTEMPTY }

  public var description: String {
    let reason = unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    return "\(path): cannot \(operation): \(reason)"
  }
}
