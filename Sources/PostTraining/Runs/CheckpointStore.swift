import Configuration
import Platform

/// The state of a run at a step boundary, as named files.
public struct CheckpointContent: Sendable {
  public var step: Int
  /// Paths relative to the checkpoint, such as `models/policy/model.safetensors`.
  public var files: [(path: String, bytes: [UInt8])]
  public var configHash: String
  public var environmentFingerprints: [String: String]
  public var version: String

  public init(
    step: Int, files: [(path: String, bytes: [UInt8])], configHash: String,
    environmentFingerprints: [String: String] = [:], version: String
  ) {
    (self.step, self.files, self.configHash) = (step, files, configHash)
    (self.environmentFingerprints, self.version) = (environmentFingerprints, version)
  }
}

/// Which checkpoints outlive the next save; the one just written always does.
public struct Retention: Sendable {
  /// At least 1.
  public var keepLast: Int
  /// Steps that are multiples of this stay too; 0 for none.
  public var keepEvery: Int
  /// The step of the best evaluation so far.
  public var best: Int?
  /// The directory that this process resumed from.
  public var resumedFrom: String?

  public init(keepLast: Int, keepEvery: Int = 0, best: Int? = nil, resumedFrom: String? = nil) {
    (self.keepLast, self.keepEvery) = (max(1, keepLast), keepEvery)
    (self.best, self.resumedFrom) = (best, resumedFrom)
  }
}

/// The checkpoints of one run: complete or invisible, whatever happens while one is written.
///
/// Files are written and synchronized under a temporary name, the manifest last; one rename makes
/// the checkpoint; only then are older ones removed, again behind a rename.
public struct CheckpointStore: Sendable {
  /// A checkpoint that has its final name; it may still be corrupt.
  public struct Entry: Sendable, Equatable {
    public var step: Int
    public var path: String
    /// Counts checkpoints of the same step: an existing one is never written over.
    var revision: Int
  }

  public let directory: String
  let fileSystem: any FileSystem

  public init(directory: String, fileSystem: any FileSystem = LocalFileSystem()) {
    (self.directory, self.fileSystem) = (directory, fileSystem)
  }

  /// The checkpoints from the oldest to the latest.
  public func entries() throws(FileError) -> [Entry] {
    guard try fileSystem.status(directory) != nil else { return [] }
    return try fileSystem.list(directory).compactMap(entry)
      .sorted { ($0.step, $0.revision) < ($1.step, $1.revision) }
  }

  /// Writes a checkpoint, then removes those that `retention` lets go; returns what it wrote.
  ///
  /// When it throws, no temporary is left if the system allows it, and no older one is touched.
  @discardableResult
  public func save(_ content: CheckpointContent, retention: Retention) throws -> Entry {
    try prepare(for: content)
    let name = temporaryName("step-\(content.step)")
    let temporary = "\(directory)/.tmp-\(name)"
    let written: Entry
    do {
      try write(content, to: temporary)
      written = try freeEntry(of: content.step)
      try fileSystem.rename(temporary, to: written.path)
    } catch {
      try? fileSystem.removeAll(temporary)
      throw error
    }
    try fileSystem.synchronize(directory)
    prune(retention, justWritten: written)
    return written
  }

  /// The latest checkpoint that is whole, and why each later one is not.
  public func latestValid() throws -> (checkpoint: CheckpointFiles?, rejected: [RunError]) {
    var rejected: [RunError] = []
    for entry in try entries().reversed() {
      do {
        return (try CheckpointFiles(at: entry.path, in: fileSystem), rejected)
      } catch let error as RunError {
        rejected.append(error)
      }
    }
    return (nil, rejected)
  }

  /// Removes checkpoints of later steps, the latest first: a run that went back leaves them behind.
  public func discard(after step: Int) throws(FileError) {
    for entry in try entries().reversed() where entry.step > step { try discard(entry) }
  }

  /// Removes what an interrupted save or removal left; only the run's one writer may call it.
  public func removeTemporaries() throws(FileError) {
    guard try fileSystem.status(directory) != nil else { return }
    for name in try fileSystem.list(directory)
    where name.hasPrefix(".tmp-") || name.hasPrefix(".del-") {
      try fileSystem.removeAll("\(directory)/\(name)")
    }
  }
}

extension CheckpointStore {
  private func prepare(for content: CheckpointContent) throws {
    precondition(
      content.files.allSatisfy { CheckpointFiles.isInside($0.path) },
      "CheckpointStore.save: a path leads outside: \(content.files.map(\.path))")
    try fileSystem.createDirectories(directory)
    let size = content.files.reduce(0) { $0 + $1.bytes.count }
    let needed = size + size / 10
    let free = try fileSystem.freeSpace(at: directory)
    guard free >= needed else {
      throw RunError.noSpace(path: directory, needed: needed, free: free)
    }
  }

  private func write(_ content: CheckpointContent, to path: String) throws {
    if fileSystem.exists(path) { try fileSystem.removeAll(path) }
    try fileSystem.createDirectory(path)
    var directories: [String] = []  // those above before those below
    var files: [CheckpointManifest.File] = []
    for (name, bytes) in content.files {
      for parent in parents(of: name) where !directories.contains(parent) {
        try fileSystem.createDirectory("\(path)/\(parent)")
        directories.append(parent)
      }
      try fileSystem.write(bytes, to: "\(path)/\(name)")
      try fileSystem.synchronize("\(path)/\(name)")
      files.append(
        CheckpointManifest.File(
          name: name, size: bytes.count, sha256: SHA256.hexDigest(of: bytes)))
    }
    for parent in directories.reversed() { try fileSystem.synchronize("\(path)/\(parent)") }
    let manifest = CheckpointManifest(
      step: content.step, files: files, configHash: content.configHash,
      environmentFingerprints: content.environmentFingerprints, version: content.version)
    let manifestPath = "\(path)/\(CheckpointManifest.fileName)"
    try fileSystem.write(try manifest.bytes(), to: manifestPath)
    try fileSystem.synchronize(manifestPath)
    try fileSystem.synchronize(path)
  }

  /// `models`, `models/policy` for `models/policy/config.json`.
  private func parents(of name: String) -> [String] {
    let parts = name.split(separator: "/").dropLast()
    return parts.indices.map { parts[...$0].joined(separator: "/") }
  }

  /// Never fails the save that it follows: what could not be removed is removed at the next one.
  private func prune(_ retention: Retention, justWritten: Entry) {
    guard let entries = try? entries() else { return }
    let latest = entries.filter { $0 != justWritten }.suffix(retention.keepLast - 1)
    for entry in entries where entry != justWritten && !latest.contains(entry) {
      if entry.step == retention.best || entry.path == retention.resumedFrom { continue }
      if retention.keepEvery > 0 && entry.step % retention.keepEvery == 0 { continue }
      try? discard(entry)
    }
    try? removeTemporaries()
  }

  func discard(_ entry: Entry) throws(FileError) {
    let doomed = "\(directory)/.del-\(temporaryName("step-\(entry.step).\(entry.revision)"))"
    try fileSystem.rename(entry.path, to: doomed)
    defer { try? fileSystem.removeAll(doomed) }  // what stays is removed with the temporaries
    try fileSystem.synchronize(directory)  // or half a checkpoint could come back
  }

  private func temporaryName(_ what: String) -> String { "\(what)-\(Machine.processID)" }

  private func freeEntry(of step: Int) throws(FileError) -> Entry {
    var entry = Entry(step: step, path: "\(directory)/step-\(padded(step))", revision: 0)
    while try fileSystem.status(entry.path) != nil {
      entry.revision += 1
      entry.path = "\(directory)/step-\(padded(step)).\(entry.revision)"
    }
    return entry
  }

  /// `step-00000100`, or `step-00000100.1` for the second of that step.
  private func entry(_ name: String) -> Entry? {
    let parts = name.dropFirst("step-".count).split(
      separator: ".", omittingEmptySubsequences: false)
    guard name.hasPrefix("step-"), parts.count <= 2, let step = Int(parts[0]), step >= 0,
      let revision = parts.count == 2 ? Int(parts[1]) : 0
    else { return nil }
    return Entry(step: step, path: "\(directory)/\(name)", revision: revision)
  }
}

/// Eight digits, so that names sort as numbers do.
func padded(_ step: Int) -> String {
  let digits = String(step)
  return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
}
