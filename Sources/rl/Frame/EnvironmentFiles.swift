import Configuration
import EnvironmentKit
import Environments
import Foundation

/// Finds environment files by the names that users give and builds them with our families.
struct EnvironmentFiles {
  /// The named ones, or all of the folders when none is named; every refusal at once.
  func load(_ names: [String]) throws -> [(file: String, environment: Environment)] {
    let paths =
      names.isEmpty ? folders.list(.environments) : try names.map { try locate($0) }
    var loaded: [(file: String, environment: Environment)] = []
    var errors: [ConfigError] = []
    for path in paths {
      do throws(ConfigErrors) {
        loaded.append(
          (path, try Environment(contentsOfFile: path, catalog: BuiltinFamilies.all)))
      } catch {
        errors += error.errors
      }
    }
    guard errors.isEmpty else { throw ConfigErrors(errors) }
    return loaded
  }

  func load(_ name: String) throws -> (file: String, environment: Environment) {
    try load([name])[0]
  }

  /// `arith` is short for `arith.json`.
  private func locate(_ name: String) throws -> String {
    let isFile = name.hasSuffix(".json") || FileManager.default.fileExists(atPath: name)
    return try folders.locate(isFile ? name : "\(name).json", .environments)
  }
}

extension Environment {
  /// The level of `--level`: a name, or an index where no level is so called.
  func level(_ text: String) throws -> Int {
    if !levels.contains(where: { $0.name == text }), let index = Int(text),
      levels.indices.contains(index)
    {
      return index
    }
    return try level(named: text)
  }
}
