/// The file operations a run is made of, one system call or so each.
///
/// The seam where a test counts operations, stops after one of them, or lets one fail.
public protocol FileSystem: Sendable {
  /// Makes one directory; its parent must exist and its name must be free.
  func createDirectory(_ path: String) throws(FileError)
  /// Makes or empties a file and writes all of `bytes`; nothing is durable before `synchronize`.
  func write(_ bytes: [UInt8], to path: String) throws(FileError)
  /// Adds `bytes` at the end by one system call, all of them or none.
  func append(_ bytes: [UInt8], to path: String) throws(FileError)
  /// Waits until a file's content, or a directory's entries, would survive a loss of power.
  func synchronize(_ path: String) throws(FileError)
  /// Gives a file or directory another name at once; an existing file there is replaced.
  func rename(_ path: String, to target: String) throws(FileError)
  /// Removes a file or an empty directory.
  func remove(_ path: String) throws(FileError)
  /// The names in a directory in byte order, without `.` and `..`.
  func list(_ path: String) throws(FileError) -> [String]
  /// The whole content of a file.
  func read(_ path: String) throws(FileError) -> [UInt8]
  /// What stands at a path, links followed, or `nil` when nothing does.
  func status(_ path: String) throws(FileError) -> FileStatus?
  /// Bytes that an ordinary user may still write on the volume of an existing path.
  func freeSpace(at path: String) throws(FileError) -> Int
  /// Takes the lock on a file, which is made where it is missing, at once or not at all.
  func lock(_ path: String) throws(LockError) -> any FileLock
}

/// What stands at a path.
public struct FileStatus: Equatable, Sendable {
  public var isDirectory: Bool
  public var size: Int

  public init(isDirectory: Bool, size: Int) {
    (self.isDirectory, self.size) = (isDirectory, size)
  }
}

extension FileSystem {
  /// Whether anything stands at the path, unreadable things included.
  public func exists(_ path: String) -> Bool {
    do throws(FileError) {
      return try status(path) != nil
    } catch {
      return true
    }
  }

  /// Makes a directory and those above it that are missing, each to survive a loss of power.
  public func createDirectories(_ path: String) throws(FileError) {
    if path.isEmpty || path == "/" { return }
    if let found = try status(path), found.isDirectory { return }
    let parent = parentDirectory(of: path)
    try createDirectories(parent)
    try createDirectory(path)
    try synchronize(parent)
  }

  /// Removes a file, or a directory with all that is in it; links are removed, not followed.
  public func removeAll(_ path: String) throws(FileError) {
    do throws(FileError) {
      try remove(path)
    } catch {
      guard error.isTaken else { throw error }
      for name in try list(path) { try removeAll("\(path)/\(name)") }
      try remove(path)
    }
  }

  /// Replaces a file so that a reader, or a crash at any instant, finds the old or the new bytes.
  ///
  /// Without `durable` that holds for a crash of the program, not for a loss of power. When it
  /// throws, the temporary beside is gone too, if the system allows that.
  public func replace(
    _ path: String, with bytes: [UInt8], durable: Bool = true
  ) throws(FileError) {
    let temporary = "\(path).tmp"
    do throws(FileError) {
      try write(bytes, to: temporary)
      if durable { try synchronize(temporary) }
      try rename(temporary, to: path)
    } catch {
      try? remove(temporary)
      throw error
    }
    if durable { try synchronize(parentDirectory(of: path)) }
  }
}

/// The directory that holds `path`: `.` for a bare name.
public func parentDirectory(of path: String) -> String {
  let bytes = Array(path.utf8)
  let end = (bytes.lastIndex { $0 != UInt8(ascii: "/") }).map { $0 + 1 } ?? bytes.count
  guard let slash = bytes[..<end].lastIndex(of: UInt8(ascii: "/")) else { return "." }
  return slash == 0 ? "/" : String(decoding: bytes[..<slash], as: UTF8.self)
}
