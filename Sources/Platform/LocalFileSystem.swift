import Foundation

/// The operating system's own files.
public struct LocalFileSystem: FileSystem {
  public init() {}

  public func createDirectory(_ path: String) throws(FileError) {
    guard unsafe mkdir(path, 0o777) == 0 else { throw FileError("create", path) }
  }

  public func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC, "write")
    try file.writeAll(bytes)
  }

  public func append(_ bytes: [UInt8], to path: String) throws(FileError) {
    let file = try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND, "append to")
    let size = try file.size()
    do throws(FileError) {
      let written = try file.writeOnce(bytes[...])
      guard written == bytes.count else { throw FileError("append to", path, code: ENOSPC) }
    } catch {
      try? file.truncate(to: size)
      throw error
    }
  }

  public func synchronize(_ path: String) throws(FileError) {
    let file = try OpenFile(path, O_RDONLY, "synchronize")
    guard fsync(file.descriptor) == 0 else { throw FileError("synchronize", path) }
  }

  public func rename(_ path: String, to target: String) throws(FileError) {
    guard unsafe Foundation.rename(path, target) == 0 else {
      throw FileError("rename to \(target)", path)
    }
  }

  public func remove(_ path: String) throws(FileError) {
    guard unsafe Foundation.remove(path) == 0 else { throw FileError("remove", path) }
  }

  public func list(_ path: String) throws(FileError) -> [String] {
    guard let directory = unsafe opendir(path) else { throw FileError("list", path) }
    defer { unsafe closedir(directory) }
    var names: [[UInt8]] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(directory) else { break }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe Array(bytes.prefix { $0 != 0 })
      }
      if name != Array(".".utf8) && name != Array("..".utf8) { names.append(name) }
    }
    guard errno == 0 else { throw FileError("list", path) }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  public func read(_ path: String) throws(FileError) -> [UInt8] {
    try OpenFile(path, O_RDONLY, "read").readAll()
  }

  public func status(_ path: String) throws(FileError) -> FileStatus? {
    var found = stat()
    guard unsafe stat(path, &found) == 0 else {
      let error = FileError("examine", path)
      if error.isMissing { return nil }
      throw error
    }
    let isDirectory = found.st_mode & S_IFMT == S_IFDIR
    return FileStatus(isDirectory: isDirectory, size: Int(found.st_size))
  }

  public func freeSpace(at path: String) throws(FileError) -> Int {
    var volume = statvfs()
    guard unsafe statvfs(path, &volume) == 0 else { throw FileError("examine", path) }
    let (bytes, overflow) = UInt64(volume.f_bavail).multipliedReportingOverflow(
      by: UInt64(volume.f_frsize))
    return overflow ? .max : Int(clamping: bytes)
  }

  public func lock(_ path: String) throws(LockError) -> any FileLock { try LocalFileLock(path) }
}

/// A descriptor that closes itself; children do not inherit it.
struct OpenFile: ~Copyable {
  let descriptor: Int32
  private let path: String
  private let operation: String

  init(_ path: String, _ flags: Int32, _ operation: String) throws(FileError) {
    var descriptor: Int32
    repeat {
      descriptor = unsafe open(path, flags | O_CLOEXEC, 0o666)
    } while descriptor < 0 && errno == EINTR
    guard descriptor >= 0 else { throw FileError(operation, path) }
    (self.descriptor, self.path, self.operation) = (descriptor, path, operation)
  }

  /// Another handle on an open stream, which stays open when this one closes.
  init(duplicating stream: Int32, _ name: String, _ operation: String) throws(FileError) {
    let descriptor = fcntl(stream, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw FileError(operation, name) }
    (self.descriptor, path, self.operation) = (descriptor, name, operation)
  }

  deinit { close(descriptor) }

  func size() throws(FileError) -> Int {
    var found = stat()
    guard unsafe fstat(descriptor, &found) == 0 else { throw FileError(operation, path) }
    return Int(found.st_size)
  }

  func truncate(to size: Int) throws(FileError) {
    guard ftruncate(descriptor, off_t(size)) == 0 else { throw FileError(operation, path) }
  }

  func writeAll(_ bytes: [UInt8]) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty { rest = rest.dropFirst(try writeOnce(rest)) }
  }

  /// One `write(2)`, begun again only when a signal came before its first byte.
  func writeOnce(_ bytes: ArraySlice<UInt8>) throws(FileError) -> Int {
    while true {
      let count = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Foundation.write(descriptor, buffer.baseAddress, buffer.count)
      }
      if count >= 0 { return count }
      guard errno == EINTR else { throw FileError(operation, path) }
    }
  }

  /// Reads to the end: in one piece when the size is known, in growing ones from a pipe.
  func readAll() throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = max(try size() + 1, 4096)  // one more than the size, to see the end at once
    while true {
      var failed = false
      let read = unsafe [UInt8](unsafeUninitializedCapacity: piece) { buffer, count in
        unsafe failed = !fill(buffer, &count)
      }
      if failed { throw FileError(operation, path) }
      if bytes.isEmpty { bytes = read } else { bytes += read }
      if read.count < piece { return bytes }
      piece = max(piece, bytes.count)
    }
  }

  /// Fills the buffer as far as the file goes; false when the system refused.
  private func fill(_ buffer: UnsafeMutableBufferPointer<UInt8>, _ count: inout Int) -> Bool {
    while count < buffer.count {
      let result = unsafe Foundation.read(
        descriptor, buffer.baseAddress! + count, buffer.count - count)
      if result == 0 { break }
      if result > 0 { count += result } else if errno != EINTR { return false }
    }
    return true
  }
}
