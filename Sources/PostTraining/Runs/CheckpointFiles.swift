import Platform

/// A checkpoint in memory, every byte of it verified against its manifest.
public struct CheckpointFiles: Sendable {
  /// The directory it was read from.
  public let path: String
  public let manifest: CheckpointManifest
  private let contents: [[UInt8]: [UInt8]]

  public var step: Int { manifest.step }

  /// The content of the file of this name in the manifest.
  public subscript(name: String) -> [UInt8]? { contents[Array(name.utf8)] }

  /// Reads the checkpoint at `path`, which may be anywhere, or says which of its files is wrong.
  ///
  /// A file that the system will not let us read is not corrupt: that is a `FileError`, behind
  /// which nothing is passed over and nothing removed.
  public init(at path: String, in fileSystem: any FileSystem = LocalFileSystem()) throws {
    manifest = try Self.manifest(at: path, in: fileSystem)
    var contents: [[UInt8]: [UInt8]] = [:]
    for file in manifest.files {
      do {
        contents[Array(file.name.utf8)] = try Self.content(of: file, at: path, fileSystem)
      } catch let error as ManifestError {
        throw RunError.corruptCheckpoint(path: path, file: file.name, reason: error.reason)
      }
    }
    (self.path, self.contents) = (path, contents)
  }

  /// The manifest of the checkpoint at `path`, which proves itself but not the other files.
  static func manifest(
    at path: String, in fileSystem: any FileSystem
  ) throws -> CheckpointManifest {
    let manifestPath = "\(path)/\(CheckpointManifest.fileName)"
    guard try fileSystem.status(manifestPath) != nil else {
      if try fileSystem.status(path) == nil { throw RunError.missingCheckpoint(path: path) }
      throw RunError.corruptCheckpoint(
        path: path, file: CheckpointManifest.fileName, reason: "it is missing")
    }
    let bytes = try fileSystem.read(manifestPath)
    do throws(ManifestError) {
      return try CheckpointManifest(parsing: bytes)
    } catch {
      throw RunError.corruptCheckpoint(
        path: path, file: CheckpointManifest.fileName, reason: error.reason)
    }
  }

  /// The checkpoint at `path`, or the latest whole one of the run at `path`.
  public static func find(
    _ path: String, in fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> CheckpointFiles {
    let directory = "\(path)/checkpoints"
    guard try fileSystem.status(directory) != nil else {
      return try CheckpointFiles(at: path, in: fileSystem)
    }
    let store = CheckpointStore(directory: directory, fileSystem: fileSystem)
    let (checkpoint, rejected) = try store.latestValid()
    guard let checkpoint else {
      throw rejected.first ?? RunError.missingCheckpoint(path: directory)
    }
    return checkpoint
  }

  private static func content(
    of file: CheckpointManifest.File, at path: String, _ fileSystem: any FileSystem
  ) throws -> [UInt8] {
    guard isInside(file.name) else { throw ManifestError(reason: "its name leads outside") }
    guard try fileSystem.status("\(path)/\(file.name)") != nil else {
      throw ManifestError(reason: "it is missing")
    }
    let bytes = try fileSystem.read("\(path)/\(file.name)")
    guard bytes.count == file.size else {
      throw ManifestError(reason: "expected \(file.size) bytes, found \(bytes.count)")
    }
    let digest = SHA256.hexDigest(of: bytes)
    guard digest == file.sha256 else {
      throw ManifestError(reason: "expected sha256 \(file.sha256), found \(digest)")
    }
    return bytes
  }

  /// A relative path that stays below its directory.
  static func isInside(_ name: String) -> Bool {
    name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
      !$0.isEmpty && !$0.contains(0) && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
    }
  }
}
