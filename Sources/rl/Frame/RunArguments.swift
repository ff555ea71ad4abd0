import Configuration
import Environments
import Foundation
import Platform
import PostTraining
import TensorCore

/// The folders that files named in configurations are looked for in.
///
/// The working directory is `.`, so that paths in errors stay as short as the user's own.
var folders: ConfigFolders {
  let (root, here) = (Build.packageRoot, FileManager.default.currentDirectoryPath)
  return ConfigFolders(workingDirectory: ".", packageRoot: root == here ? "" : root)
}

/// A run's configuration from the files and overrides of a command line.
struct RunArguments {
  let resolved: ResolvedRun
  /// The last file, beside which other files are looked for.
  let file: String

  static let options = [
    Option("--config", value: "CONFIG", isRepeated: true, "a configuration; later ones go over it")
  ]

  init(_ arguments: Arguments) throws {
    try self.init(files: arguments.all("--config"), overrides: arguments.operands)
  }

  /// Reads the files from left to right, then the overrides.
  init(files names: [String], overrides: [String]) throws {
    guard let last = names.last else { throw Failure.usage("--config is missing") }
    var json: JSON = [:]
    var path = last
    for name in names {
      path = try folders.locate(name, .configs)
      json = json.merging(try JSON(contentsOfFile: path))
    }
    resolved = try resolveRun(try json.applying(try overrides.map { try Override($0) }))
    file = path
  }

  /// Whether an operand is `key=value` or `~key`, and not a file.
  static func isOverride(_ operand: String) -> Bool {
    operand.hasPrefix("~") || operand.contains("=")
  }

  func setup() throws -> RunSetup {
    try RunSetup(
      resolved, configFile: file, folders: folders, families: BuiltinFamilies.all)
  }
}

/// Sets the threads that work inside operations: 0 is every core.
func useThreads(_ count: Int) {
  Threads.count = count > 0 ? count : Machine.coreCount
}
