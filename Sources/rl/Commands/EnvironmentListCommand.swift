import Configuration
import EnvironmentKit

struct EnvironmentListCommand: Command {
  static let help = CommandHelp(
    examples: ["rl env list", "rl env list --json"],
    notes: "Looks in Environments/ of the working directory and of the package.")

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let found = try EnvironmentFiles().load([])
    if console.isJSON {
      console.output(
        JSON(
          found.map { file, environment in
            [
              "name": JSON(environment.name), "task": JSON(environment.task),
              "version": JSON(environment.version),
              "levels": JSON(environment.levels.map { JSON($0.name) }),
              "fingerprint": JSON(environment.fingerprint), "file": JSON(file),
            ] as JSON
          }))
    } else {
      let rows = found.map { file, environment in
        [
          environment.name, environment.task, "v\(environment.version)",
          String(environment.levels.count),
          String(environment.fingerprint.prefix(12)), file,
        ]
      }
      console.show(textTable([["NAME", "TASK", "", "LEVELS", "FINGERPRINT", "FILE"]] + rows))
    }
    return .success
  }
}
