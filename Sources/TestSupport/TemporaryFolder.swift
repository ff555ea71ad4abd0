import Foundation

/// Folders for one test each, all in one folder that goes when the process ends.
public enum TemporaryFolder {
  private static let root: String = {
    let path = FileManager.default.temporaryDirectory.path + "/rl-tests-" + UUID().uuidString
    atexit { try? FileManager.default.removeItem(atPath: TemporaryFolder.root) }
    return path
  }()

  /// A new one, for what outlives the call that makes it.
  public static func make() throws -> String {
    let path = "\(root)/\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }
}

/// Runs `body` in a new directory, which is removed afterwards.
public func inTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = try TemporaryFolder.make()
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}
