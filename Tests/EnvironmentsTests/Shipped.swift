import EnvironmentKit
import Environments
import Foundation

/// The environment files of the package, by name.
enum Shipped {
  static let names = [
    "arith", "arith-add", "arith-add-eos", "arith-two-digit", "chain", "chain-shaped",
    "chain-strict", "chain-two-digit", "copy", "reverse", "reverse-five",
    "sort", "token", "vowels",
  ]

  static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Environments/\(name).json").path
  }

  static func environment(_ name: String) throws -> Environment {
    try Environment(contentsOfFile: path(name), catalog: BuiltinFamilies.all)
  }
}
