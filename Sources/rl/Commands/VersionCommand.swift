import Configuration
import Platform
import PostTraining

struct VersionCommand: Command {
  static let help = CommandHelp(
    examples: ["rl version", "rl version --json"],
    notes: "The commit is that of the checkout that holds the program, where there is one.")

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let root = Build.packageRoot
    let commit = root.isEmpty ? nil : gitRevision(of: root)
    if console.isJSON {
      console.output([
        "version": JSON(Build.version), "commit": commit.map { JSON($0) } ?? JSON(.null),
        "instruction_set": JSON(Build.instructionSet.rawValue),
        "swift": JSON(Build.swiftVersion),
      ])
    } else {
      console.output("rl \(Build.version)")
      console.output("commit \(commit ?? "unknown")")
      console.output("built for \(Build.instructionSet.rawValue)")
      console.output("Swift \(Build.swiftVersion)")
    }
    return .success
  }
}
