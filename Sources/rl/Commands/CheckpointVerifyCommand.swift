import Configuration
import PostTraining

struct CheckpointVerifyCommand: Command {
  static let help = CommandHelp(
    examples: [
      "rl ckpt verify runs/grpo-arith",
      "rl ckpt verify runs/grpo-arith/checkpoints/step-00001995",
    ],
    operands: "RUN|CHECKPOINT", operandCount: 1...1,
    notes: """
      Compares every byte with the digests of the manifest. Exits with 5 when a checkpoint is not
      whole, or when there is none.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    let place = arguments.operands[0]
    let checkpoints = try CheckpointSurvey.list(place, verifying: .digests)
    if checkpoints.isEmpty { throw RunError.missingCheckpoint(path: place) }
    return console.show(checkpoints)
  }
}
