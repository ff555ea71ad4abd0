import Configuration
import Foundation
import PostTraining

/// A run's configuration as the command line gives it: files, overlays, overrides.
struct RunConfiguration {
  let resolution: ResolvedRun
  /// The first file, beside which other files are looked for.
  let file: String

  /// Reads `files` from left to right, then the overrides; refuses everything wrong at once.
  init(files: [String], overrides: [String], folders: ConfigFolders = .standard) throws {
    guard !files.isEmpty else { throw Failure.usage("a configuration file is missing") }
    let paths = try files.map { name throws(ConfigError) in try folders.locate(name, .configs) }
    var json = try JSON(contentsOfFile: paths[0])
    for path in paths.dropFirst() { json = json.merging(try JSON(contentsOfFile: path)) }
    json = try json.applying(
      try overrides.map { argument throws(ConfigError) in try Override(argument) })
    (resolution, file) = (try resolveRun(json), paths[0])
  }

  /// Whether an operand is `key=value` or `~key`, and not a file.
  static func isOverride(_ operand: String) -> Bool {
    operand.hasPrefix("~") || operand.contains("=")
  }
}

extension ConfigFolders {
  /// The working directory, so that paths stay short, and the package of this program.
  static var standard: ConfigFolders {
    let (root, here) = (Build.packageRoot, FileManager.default.currentDirectoryPath)
    return ConfigFolders(workingDirectory: ".", packageRoot: root == here ? "" : root)
  }
}
