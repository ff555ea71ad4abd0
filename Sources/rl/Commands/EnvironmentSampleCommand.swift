import Configuration
import EnvironmentKit
import Randomness

struct EnvironmentSampleCommand: Command {
  static let help = CommandHelp(
    examples: [
      "rl env sample arith-two-digit", "rl env sample arith -n 20 --level 2 --split eval --seed 7",
    ],
    operands: "ENVIRONMENT", operandCount: 1...1,
    options: [
      Option("--count", short: "-n", value: "N", "how many problems (5)"),
      Option("--level", value: "NAME|INDEX", "one level; without it all in turn"),
      Option("--split", value: "train|eval|test", "whose problems (train)"),
      Option("--seed", value: "S", "of the draws (0)"),
    ])

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let environment = try EnvironmentFiles().load(arguments.operands[0]).environment
    let level = try arguments.value("--level").map { try environment.level($0) }
    let split = try arguments.choice("--split") ?? Split.train
    let random = RandomStream(seed: UInt64(try arguments.integer("--seed") ?? 0))
    let count = try arguments.integer("--count", in: 1...1_000_000) ?? 5
    let drawn = try (0..<count).map { index in
      let level = level ?? index % environment.levels.count
      var random = random.split("sample", index)
      return (level, try environment.problem(level: level, split: split, using: &random))
    }
    if console.isJSON {
      console.output([
        "environment": JSON(environment.name), "fingerprint": JSON(environment.fingerprint),
        "split": JSON(split.rawValue),
        "problems": JSON(drawn.map { json($0, $1, of: environment) }),
      ])
    } else {
      let rows = drawn.map { level, problem in
        [
          environment.levels[level].name, JSON(environment.prompt(for: problem)).text(),
          JSON(problem.answer).text(), problem.key,
        ]
      }
      console.show(textTable([["LEVEL", "PROMPT", "ANSWER", "KEY"]] + rows))
    }
    return .success
  }

  private static func json(
    _ level: Int, _ problem: Problem, of environment: Environment
  ) -> JSON {
    [
      "level": JSON(environment.levels[level].name),
      "prompt": JSON(environment.prompt(for: problem)), "answer": JSON(problem.answer),
      "key": JSON(problem.key),
    ]
  }
}
