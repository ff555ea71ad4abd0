import Foundation
import Platform
import Synchronization

/// A disk on which a chosen operation goes wrong. Operations are counted from 0, reading ones too.
final class FaultFileSystem: FileSystem {
  enum Fault: Sendable {
    /// The process is gone before operation `at`, or in the middle of it: nothing works from there.
    case death(at: Int, midway: Bool)
    /// The operation is refused, half of a write done; once, or from there on.
    case refusal(at: Int, code: Int32, forEver: Bool)
  }

  private struct State {
    var disk: Disk
    var fault: Fault?
    /// For each operation so far, whether it needs space.
    var operations: [Bool] = []
    var renames: [Int] = []
    var locks: Set<String> = []
  }

  private let state: Mutex<State>
  private let free: Int

  init(_ disk: Disk = Disk(), fault: Fault? = nil, free: Int = .max) {
    state = Mutex(State(disk: disk, fault: fault))
    self.free = free
  }

  var disk: Disk { state.withLock(\.disk) }
  /// For each operation so far, whether it needs space.
  var operations: [Bool] { state.withLock(\.operations) }
  /// Which operations were renames.
  var renames: [Int] { state.withLock(\.renames) }

  private func perform<Value: Sendable>(
    _ name: String, _ path: String, needsSpace: Bool = false, _ body: (inout Disk) throws -> Value,
    half: (inout Disk) throws -> Void = { _ in }
  ) throws(FileError) -> Value {
    let result = state.withLock { state -> Result<Value, any Error> in
      let index = state.operations.count
      state.operations.append(needsSpace)
      if name == "rename" { state.renames.append(index) }
      return Result {
        guard let (code, isHalfDone) = outcome(of: index, state.fault, needsSpace) else {
          return try body(&state.disk)
        }
        if isHalfDone { try half(&state.disk) }
        throw FileError(name, path, code: code)
      }
    }
    do {
      return try result.get()
    } catch let error as FileError {
      throw error
    } catch {
      preconditionFailure("\(error)")
    }
  }

  /// The error of an operation that fails, and whether half of it happens.
  private func outcome(
    of index: Int, _ fault: Fault?, _ needsSpace: Bool
  ) -> (code: Int32, isHalfDone: Bool)? {
    switch fault {
    case .death(let first, let midway):
      return index < first ? nil : (EIO, midway && index == first)
    case .refusal(let first, let code, let forEver):
      let isFailing = index == first || (forEver && index > first)
      return isFailing && (code != ENOSPC || needsSpace) ? (code, true) : nil
    case nil: return nil
    }
  }

  func createDirectory(_ path: String) throws(FileError) {
    try perform("create", path, needsSpace: true) { try $0.createDirectory(path) }
  }

  func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try perform("write", path, needsSpace: true) {
      try $0.write(bytes, to: path, appending: false)
    } half: {
      try $0.write(Array(bytes.prefix(bytes.count / 2)), to: path, appending: false)
    }
  }

  /// Half a line stays only behind a death: a refused one is taken back.
  func append(_ bytes: [UInt8], to path: String) throws(FileError) {
    let isDying = state.withLock { if case .death = $0.fault { true } else { false } }
    try perform("append to", path, needsSpace: true) {
      try $0.write(bytes, to: path, appending: true)
    } half: {
      if isDying { try $0.write(Array(bytes.prefix(bytes.count / 2)), to: path, appending: true) }
    }
  }

  func synchronize(_ path: String) throws(FileError) {
    try perform("synchronize", path, needsSpace: true) { try $0.synchronize(path) }
  }

  func rename(_ path: String, to target: String) throws(FileError) {
    try perform("rename", path, needsSpace: true) { try $0.rename(path, to: target) }
  }

  func remove(_ path: String) throws(FileError) {
    try perform("remove", path) { try $0.remove(path) }
  }

  func list(_ path: String) throws(FileError) -> [String] {
    try perform("list", path) { try $0.list(path) }
  }

  func read(_ path: String) throws(FileError) -> [UInt8] {
    try perform("read", path) { try $0.read(path) }
  }

  func status(_ path: String) throws(FileError) -> FileStatus? {
    try perform("examine", path) { $0.status(path) }
  }

  func freeSpace(at path: String) throws(FileError) -> Int {
    try perform("examine", path) { [free] _ in free }
  }

  func lock(_ path: String) throws(LockError) -> any FileLock {
    do throws(FileError) {
      try perform("lock", path, needsSpace: true) { try $0.write([], to: path, appending: true) }
    } catch {
      throw .file(error)
    }
    let isFree = state.withLock { $0.locks.insert(path).inserted }
    guard isFree else { throw .held(path: path, owner: "this process") }
    return Lock { [weak self] in _ = self?.state.withLock { $0.locks.remove(path) } }
  }

  private final class Lock: FileLock {
    private let release: @Sendable () -> Void
    init(_ release: @escaping @Sendable () -> Void) { self.release = release }
    deinit { release() }
  }
}
