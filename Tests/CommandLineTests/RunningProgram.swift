import Configuration
import Foundation
import TestSupport

/// What one run of the real program came to.
struct Ran {
  var code: Int32
  var output: String
  var error: String

  /// Bytes that steer a terminal: escapes and carriage returns.
  var steeringBytes: Int {
    (output + error).utf8.count { $0 == 0x1B || $0 == 0x0D }
  }
}

/// The program that was built with these tests.
enum RunningProgram {
  static let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  static var path: String {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(fileURLWithPath: tests).deletingLastPathComponent().appendingPathComponent("rl").path
  }

  /// Runs the program in the package's directory, without terminals.
  static func run(
    _ arguments: String..., input: String = "", environment: [String: String] = [:]
  ) throws -> Ran {
    try run(path, arguments, input: input, environment: environment)
  }

  /// Runs a line of bash in which `$RL` is the program.
  static func shell(_ line: String, environment: [String: String] = [:]) throws -> Ran {
    try run("/bin/bash", ["-c", line], input: "", environment: environment)
  }

  /// Runs the program with a pseudo-terminal as its output and error, which arrive together.
  static func onTerminal(_ line: String, environment: [String: String] = [:]) throws -> Ran {
    try run("/usr/bin/script", ["-qec", line, "/dev/null"], input: "", environment: environment)
  }

  static let canOpenTerminal = FileManager.default.isExecutableFile(atPath: "/usr/bin/script")

  private static func run(
    _ program: String, _ arguments: [String], input: String, environment: [String: String]
  ) throws -> Ran {
    try inTemporaryDirectory { directory in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: packageRoot)
      let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
      process.environment = ["PATH": path, "TERM": "xterm", "RL": Self.path].merging(environment) {
        $1
      }
      let files = ["in", "out", "err"].map { "\(directory)/\($0)" }
      for file in files {
        let content = file == files[0] ? Data(input.utf8) : Data()
        try content.write(to: URL(fileURLWithPath: file))
      }
      process.standardInput = FileHandle(forReadingAtPath: files[0])
      process.standardOutput = FileHandle(forWritingAtPath: files[1])
      process.standardError = FileHandle(forWritingAtPath: files[2])
      try process.run()
      process.waitUntilExit()
      func text(_ file: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: file)), as: UTF8.self)
      }
      return Ran(
        code: process.terminationStatus, output: try text(files[1]), error: try text(files[2]))
    }
  }
}
