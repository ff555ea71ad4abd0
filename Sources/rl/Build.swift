import Foundation
import Platform
import PostTraining

/// Facts about this program.
enum Build {
  static let version = laboratoryVersion

  /// What the kernels are compiled for.
  static var instructionSet: InstructionSet {
    #if arch(arm64)
      .arm64
    #elseif WIDE_VECTORS
      .v4
    #else
      .v3
    #endif
  }

  static var swiftVersion: String {
    #if compiler(>=6.4)
      "6.4 or newer"
    #elseif compiler(>=6.3)
      "6.3"
    #else
      "6.2"
    #endif
  }

  /// Why this processor cannot run the program and what to do, instead of an illegal instruction.
  static func refusal(
    needing needed: InstructionSet = instructionSet, isSupported: (InstructionSet) -> Bool
  ) -> String? {
    if isSupported(needed) { return nil }
    let found = "rl was built for \(needed.rawValue), which this processor does not have"
    guard needed == .v4, isSupported(.v3) else {
      return "\(found); it needs AVX2 and FMA (x86-64-v3) or 64-bit ARM: use another machine"
    }
    return "\(found); build it here: RL_ARCH=\(InstructionSet.v3.rawValue) swift build -c release"
  }

  /// The folder of `Package.swift` in or above the program's own, empty where there is none.
  static var packageRoot: String {
    let files = LocalFileSystem()
    var folder = parentDirectory(of: Bundle.main.executablePath ?? "/")
    while !files.exists("\(folder)/Package.swift") {
      if folder == "/" || folder == "." { return "" }
      folder = parentDirectory(of: folder)
    }
    return folder
  }
}
