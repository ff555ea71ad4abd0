import Foundation

/// Why a lock could not be taken.
public enum LockError: Error, CustomStringConvertible, Sendable {
  /// Another process holds it; `owner` is what that process wrote: its pid and host.
  case held(path: String, owner: String)
  case file(FileError)

  public var description: String {
    switch self {
    case .held(let path, let owner): "\(path): in use by \(owner)"
    case .file(let error): error.description
    }
  }
}

/// An exclusive lock on a file, held until the value goes or the process ends, however it ends.
public protocol FileLock: AnyObject, Sendable {}

/// The operating system's lock on an open file.
final class LocalFileLock: FileLock {
  private let file: OpenFile

  /// Takes the lock at once or says who holds it, and writes this process's pid and host inside.
  init(_ path: String) throws(LockError) {
    do throws(FileError) {
      file = try OpenFile(path, O_RDWR | O_CREAT, "lock")
    } catch {
      throw .file(error)
    }
    guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
      guard errno == EWOULDBLOCK else { throw .file(FileError("lock", path)) }
      let owner = String(decoding: (try? file.readAll()) ?? [], as: UTF8.self)
      let line = owner.split(separator: "\n").first.map(String.init)
      throw .held(path: path, owner: line ?? "another process")
    }
    // Held even where the name cannot be left: a full disk must not stop who comes to make room.
    try? file.truncate(to: 0)
    try? file.writeAll(Array("pid \(Machine.processID) on \(Machine.hostName)\n".utf8))
  }

  /// Unlocks by name: a child between fork and exec still has the descriptor.
  deinit { flock(file.descriptor, LOCK_UN) }
}
