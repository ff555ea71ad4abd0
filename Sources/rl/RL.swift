import Foundation
import Platform

/// The program `rl`.
@main
struct RL {
  static func main() {
    if let refusal = Build.refusal(isSupported: \.isSupported) {
      writeStandardError("error: \(refusal)\n")
      exit(ExitCode.failure.rawValue)
    }
    Signals.ignoreBrokenPipes()
    let arguments = Array(ProcessInfo.processInfo.arguments.dropFirst())
    exit(Program(table: commandTable).run(arguments, on: .current).rawValue)
  }
}
