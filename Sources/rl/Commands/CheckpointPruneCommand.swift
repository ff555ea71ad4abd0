import Configuration
import PostTraining

struct CheckpointPruneCommand: Command {
  static let help = CommandHelp(
    examples: [
      "rl ckpt prune runs/grpo-arith --keep 1", "rl ckpt prune runs/grpo-arith --dry-run",
    ],
    operands: "RUN", operandCount: 1...1,
    options: [
      Option("--keep", value: "N", "how many of the latest whole ones stay; else as configured"),
      Option("--dry-run", "print what would go, and remove no checkpoint"),
    ],
    notes: """
      The one with the best evaluation stays too; those that are not whole go. A run that another
      process is working on is left alone: exit 6.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let isRehearsal = arguments.isSet("--dry-run")
    let run = try RunDirectory.open(arguments.operands[0])
    let count =
      try arguments.integer("--keep", in: 1 ... .max)
      ?? run.readConfig()["checkpoint"]?["keep"]?.int ?? 1
    let (kept, removed) = try run.prune(keeping: count, isRehearsal: isRehearsal)
    if console.isJSON {
      console.output(
        ["kept": JSON(kept.map(\.json)), "removed": JSON(removed.map(\.json))] as JSON)
      return .success
    }
    for checkpoint in removed {
      let verb = isRehearsal ? "would remove" : "removed"
      console.output("\(verb) \(checkpoint.path) (\(checkpoint.problem ?? checkpoint.size))")
    }
    for checkpoint in kept { console.output("kept \(checkpoint.path) (\(checkpoint.size))") }
    return .success
  }
}
