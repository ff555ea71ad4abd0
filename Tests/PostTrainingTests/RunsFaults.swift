import Foundation
import Platform
import Synchronization

/// Real files whose changes stop after a number of operations, as if the process had died.
final class StoppingFileSystem: FileSystem {
  private let files = LocalFileSystem()
  private let remaining: Mutex<Int>
  private let tears: Bool
  private let code: Int32

  /// `tears`: of the write that is not finished, half is there.
  init(after operations: Int, tears: Bool = false, code: Int32 = EIO) {
    remaining = Mutex(operations)
    (self.tears, self.code) = (tears, code)
  }

  var hasStopped: Bool { remaining.withLock { $0 < 0 } }

  /// The half that is written of the operation that stops; `nil` for an operation that passes.
  private func admit(_ path: String, _ bytes: [UInt8] = []) throws(FileError) -> [UInt8]? {
    let left = remaining.withLock { count in
      count -= 1
      return count
    }
    if left >= 0 { return nil }
    if left == -1 && tears { return Array(bytes.prefix(bytes.count / 2)) }
    throw FileError("continue at", path, code: code)
  }

  private func stop(_ path: String) throws(FileError) {
    if try admit(path) != nil { throw FileError("continue at", path, code: code) }
  }

  func createDirectory(_ path: String) throws(FileError) {
    try stop(path)
    try files.createDirectory(path)
  }

  func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    guard let torn = try admit(path, bytes) else { return try files.write(bytes, to: path) }
    try files.write(torn, to: path)
    throw FileError("continue at", path, code: code)
  }

  func append(_ bytes: [UInt8], to path: String) throws(FileError) {
    guard let torn = try admit(path, bytes) else { return try files.append(bytes, to: path) }
    try files.append(torn, to: path)
    throw FileError("continue at", path, code: code)
  }

  func synchronize(_ path: String) throws(FileError) { try stop(path) }

  func rename(_ path: String, to target: String) throws(FileError) {
    try stop(path)
    try files.rename(path, to: target)
  }

  func remove(_ path: String) throws(FileError) {
    try stop(path)
    try files.remove(path)
  }

  func list(_ path: String) throws(FileError) -> [String] { try files.list(path) }
  func read(_ path: String) throws(FileError) -> [UInt8] { try files.read(path) }
  func status(_ path: String) throws(FileError) -> FileStatus? { try files.status(path) }
  func freeSpace(at path: String) throws(FileError) -> Int { try files.freeSpace(at: path) }
}

/// Real files on a disk that fills up: writing fails from an operation on, removing does not.
final class FillingFileSystem: FileSystem {
  private let files = LocalFileSystem()
  private let remaining: Mutex<Int>
  private let free: Int

  init(after operations: Int = .max, free: Int = .max) {
    remaining = Mutex(operations)
    self.free = free
  }

  private func use(_ path: String) throws(FileError) {
    let left = remaining.withLock { count in
      count -= 1
      return count
    }
    if left < 0 { throw FileError("write", path, code: ENOSPC) }
  }

  func createDirectory(_ path: String) throws(FileError) {
    try use(path)
    try files.createDirectory(path)
  }

  func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try use(path)
    try files.write(bytes, to: path)
  }

  func append(_ bytes: [UInt8], to path: String) throws(FileError) {
    try use(path)
    try files.append(bytes, to: path)
  }

  func synchronize(_ path: String) throws(FileError) { try use(path) }

  func rename(_ path: String, to target: String) throws(FileError) {
    try use(path)
    try files.rename(path, to: target)
  }

  func remove(_ path: String) throws(FileError) { try files.remove(path) }
  func list(_ path: String) throws(FileError) -> [String] { try files.list(path) }
  func read(_ path: String) throws(FileError) -> [UInt8] { try files.read(path) }
  func status(_ path: String) throws(FileError) -> FileStatus? { try files.status(path) }
  func freeSpace(at path: String) throws(FileError) -> Int { free }
}

/// Runs `body` in a new directory, which is removed afterwards.
func inTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = "\(NSTemporaryDirectory())/runs-\(UUID().uuidString)"
  try LocalFileSystem().createDirectories(path)
  defer { try? LocalFileSystem().removeAll(path) }
  return try body(path)
}

/// A small checkpoint whose content tells its step.
func exampleFiles(_ step: Int) -> [(path: String, bytes: [UInt8])] {
  [
    ("trainer.json", Array("{\"step\":\(step)}".utf8)),
    ("models/policy/model.safetensors", [UInt8](repeating: UInt8(step & 255), count: 1000)),
    ("optimizer/policy.safetensors", [UInt8](repeating: UInt8((step >> 1) & 255), count: 700)),
  ]
}
