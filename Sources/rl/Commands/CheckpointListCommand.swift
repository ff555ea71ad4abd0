import Configuration
import Foundation
import PostTraining

struct CheckpointListCommand: Command {
  static let help = CommandHelp(
    examples: ["rl ckpt ls runs/grpo-arith"], operands: "RUN|CHECKPOINT", operandCount: 1...1,
    notes: """
      Compares each file's size with the manifest; rl ckpt verify compares the content too. Exits
      with 5 when a checkpoint is not whole.
      """)

  static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    console.show(try CheckpointSurvey.list(arguments.operands[0], verifying: .sizes))
  }
}

extension Console {
  /// Prints checkpoints, one a line; 5 when one of them is not whole.
  func show(_ checkpoints: [CheckpointSurvey]) -> ExitCode {
    if isJSON {
      output(["checkpoints": JSON(checkpoints.map(\.json))] as JSON)
    } else if checkpoints.isEmpty {
      narrate("no checkpoints")
    } else {
      let rows = checkpoints.map { checkpoint in
        [
          checkpoint.step.map { "\($0)" } ?? "–", "\(checkpoint.files)", checkpoint.size,
          checkpoint.path, checkpoint.problem ?? "whole",
        ]
      }
      output(textTable([["STEP", "FILES", "SIZE", "PATH", "STATE"]] + rows))
    }
    return checkpoints.allSatisfy { $0.problem == nil } ? .success : .checkpoint
  }
}

extension CheckpointSurvey {
  var size: String { String(format: "%.1f MB", Double(bytes) / 1_048_576) }

  var json: JSON {
    [
      "step": step.map { JSON($0) } ?? .null, "path": JSON(path), "files": JSON(files),
      "bytes": JSON(bytes), "whole": JSON(problem == nil),
      "problem": problem.map { JSON($0) } ?? .null,
    ]
  }
}
