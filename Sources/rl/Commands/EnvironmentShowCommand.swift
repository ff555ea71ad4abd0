import Configuration
import EnvironmentKit
import Randomness

struct EnvironmentShowCommand: Command {
  static let help = CommandHelp(
    examples: ["rl env show arith", "rl env show Environments/sort.json --json"],
    operands: "ENVIRONMENT", operandCount: 1...1,
    notes: "With --json: the file with every default, its fingerprint and its alphabet.")

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let (file, environment) = try EnvironmentFiles().load(arguments.operands[0])
    if console.isJSON {
      console.output([
        "name": JSON(environment.name), "file": JSON(file),
        "fingerprint": JSON(environment.fingerprint),
        "alphabet": JSON(String(environment.alphabet)), "environment": environment.resolved,
      ])
      return .success
    }
    console.output("\(environment.name), version \(environment.version)", .heading)
    console.show(textTable(facts(of: environment, in: file), indent: "  "))
    console.output("levels, easiest first", .heading)
    let levels = environment.levels.enumerated().map { index, level in
      [String(index), level.name, "floor \(short(level.floor))", level.parameters.text()]
    }
    console.show(textTable(levels, indent: "  "))
    return .success
  }

  private static func facts(of environment: Environment, in file: String) -> [[String]] {
    let stops = environment.stop.map { JSON(String(decoding: $0, as: UTF8.self)).text() }
    func part(_ key: String) -> String { environment.resolved[key]?.text() ?? "" }
    return [
      ["file", file], ["fingerprint", environment.fingerprint], ["task", environment.task],
      ["prompt", part("prompt")], ["stop", stops.joined(separator: " ")],
      ["completion", "at most \(environment.maxNewTokens) tokens"],
      ["alphabet", JSON(String(environment.alphabet)).text()],
      ["extract", part("extract")], ["verify", part("verify")], ["reward", part("reward")],
      ["split", part("split")],
    ]
  }
}
