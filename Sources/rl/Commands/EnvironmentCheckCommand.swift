import Configuration
import EnvironmentKit
import Randomness

struct EnvironmentCheckCommand: Command {
  static let help = CommandHelp(
    examples: ["rl env check", "rl env check my-environment.json --json"],
    operands: "[ENVIRONMENT …]", operandCount: 0 ... .max,
    options: [Option("--seed", value: "S", "of the draws (0)")],
    notes: """
      Reads the files strictly, counts distinct keys in each split (+ where counting
      stopped before all were found), lets gold answers be judged, and measures what the
      best constant answer earns. Without names: every file of Environments/.
      Exit 4 when a gold answer is refused or no level has keys enough to be evaluated.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let random = RandomStream(seed: UInt64(try arguments.integer("--seed") ?? 0))
    let checked = try EnvironmentFiles().load(arguments.operands).map { _, environment in
      (environment: environment, levels: environment.check(random: random))
    }
    if console.isJSON {
      console.output([
        "environments": JSON(
          members: try checked.map { environment, levels in
            (environment.name, JSON(try levels.map { try JSON(encoding: $0) }))
          })
      ])
    } else {
      let header = [
        "ENVIRONMENT", "LEVEL", "TRAIN", "EVAL", "TEST", "GOLD", "FLOOR", "CONSTANT", "EVALUATED",
      ]
      console.show(textTable([header] + checked.flatMap { rows($0, $1) }))
    }
    let holds = checked.allSatisfy { _, levels in
      levels.allSatisfy { $0.badGold == 0 } && levels.contains(where: \.isEvaluated)
    }
    return holds ? .success : .environment
  }

  private static func rows(_ environment: Environment, _ levels: [LevelCheck]) -> [[String]] {
    levels.map { level in
      func count(_ keys: Int) -> String { "\(keys)\(level.isComplete ? "" : "+")" }
      return [
        environment.name, level.level, count(level.train), count(level.eval), count(level.test),
        level.badGold == 0 ? "right" : "\(level.badGold) wrong", short(level.floor),
        short(level.constantScore), level.isEvaluated ? "yes" : "no: too few keys",
      ]
    }
  }
}
