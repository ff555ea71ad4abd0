import Configuration
import Environments
import Foundation
import Platform
import PostTraining
import TensorCore

/// The folders that files named in configurations are looked for in.
var folders: ConfigFolders {
  ConfigFolders(
    workingDirectory: FileManager.default.currentDirectoryPath, packageRoot: Build.packageRoot)
}

/// A run's configuration from the files and overrides of a command line.
struct RunArguments {
  let resolved: ResolvedRun
  /// The last file, beside which other files are looked for.
  let file: String

  static let options = [
    Option("--config", value: "FILE", isRepeated: true, "a run's configuration; later ones go over")
  ]

  init(_ arguments: Arguments) throws {
    let names = arguments.all("--config")
    guard let last = names.last else { throw Failure.usage("--config is missing") }
    var json: JSON = [:]
    var path = last
    for name in names {
      path = try folders.locate(name, .configs)
      json = json.merging(try JSON(contentsOfFile: path))
    }
    let overrides = try arguments.operands.map { try Override($0) }
    resolved = try resolveRun(try json.applying(overrides))
    file = path
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
