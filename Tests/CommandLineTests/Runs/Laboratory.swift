import Configuration
import Foundation
import TestSupport
import Testing

/// A folder with a small environment and configuration, in which the real program trains.
struct Laboratory: Sendable {
  static let sums = """
    {
      "format": "rl-env-file/1", "name": "sums", "version": 1, "kind": "builtin",
      "task": "arith", "params": {"ops": ["+"], "digits": 1},
      "levels": [{"name": "one-digit", "floor": 0.3}],
      "episode": {"max_new_tokens": 4, "stop": ["\\n"], "require_stop": true},
      "extract": {"type": "first_line", "occurrence": "only", "max_bytes": 64},
      "verify": {"type": "integer"},
      "split": {"salt": "v1", "eval": 0.2, "test": 0.2, "min_keys": 1}
    }
    """

  /// Both algorithms, each with what it must carry over a death: moments, a reference, a
  /// curriculum, a gate, evaluations.
  static let config = """
    {
      "seed": 3,
      "model": {
        "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 2, "intermediate_size": 40, "max_position_embeddings": 24
      },
      "environment": "sums.json",
      "evaluation": {"every": 5, "samples": 2, "temperature": 1},
      "checkpoint": {"every": 4},
      "stages": {
        "warm": {
          "type": "sft", "max_steps": 60, "batch_size": 32, "optimizer": {"learning_rate": 0.003}
        },
        "rl": {
          "type": "grpo", "max_steps": 120, "prompts_per_step": 8, "num_generations": 4,
          "num_iterations": 2, "beta": 0.05, "curriculum": {"type": "hard"},
          "gates": [{"type": "zero_variance", "max_resample": 2}],
          "optimizer": {"learning_rate": 0.001}
        }
      }
    }
    """
  static let steps = 180

  /// The same with every gate and shaper, and a curriculum of another kind.
  static let hooks =
    config
    .replacing(#""curriculum": {"type": "hard"}"#, with: #""curriculum": {"type": "plr"}"#)
    .replacing(
      #""gates": [{"type": "zero_variance", "max_resample": 2}]"#,
      with: """
        "gates": [
          {"type": "zero_variance", "max_resample": 2},
          {"type": "band_pass", "lo": 0, "hi": 0.75, "max_resample": 1},
          {"type": "max_truncated"}, {"type": "min_valid"}
        ],
        "shaping": [
          {"type": "format"}, {"type": "overlong", "penalty": 0.1}, {"type": "length_cosine"},
          {"type": "repetition"}, {"type": "partial", "rule": "digits"}, {"type": "novelty"},
          {"type": "clip"}
        ]
        """)

  let folder: String

  init(config: String = Self.config) throws {
    folder = try TemporaryFolder.make()
    try write(Self.sums, to: "sums.json")
    try write(config, to: "run.json")
  }

  func write(_ text: String, to name: String) throws {
    try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
  }

  func path(_ name: String) -> String { "\(folder)/\(name)" }

  /// Runs the program in this folder to its end.
  func rl(_ arguments: String...) throws -> Ran {
    let quoted = arguments.map { "'\($0)'" }.joined(separator: " ")
    return try RunningProgram.shell("cd '\(folder)' && exec \"$RL\" \(quoted)")
  }

  /// Starts to train `name`, or goes on with it; the caller ends the process. What it says is in
  /// `name.err`.
  func start(_ name: String, _ arguments: String...) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: RunningProgram.path)
    process.arguments =
      ["train", "--config", "run.json", "--name", name, "--resume", "auto"] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardOutput = FileHandle.nullDevice
    try write("", to: "\(name).err")
    process.standardError = FileHandle(forWritingAtPath: path("\(name).err"))
    try process.run()
    return process
  }

  /// Waits until the run has done `step` steps, or the process is gone.
  func wait(for step: Int, of name: String, _ process: Process) {
    while process.isRunning && lines("runs/\(name)/metrics.jsonl").count < step {
      usleep(2000)
    }
  }

  func lines(_ name: String) -> [Substring] {
    String(decoding: bytes(name), as: UTF8.self).split(separator: "\n")
  }

  func bytes(_ name: String) -> Data {
    FileManager.default.contents(atPath: path(name)) ?? Data()
  }

  /// The path of the last checkpoint, seen from the folder.
  func lastCheckpoint(_ name: String) throws -> String {
    let checkpoints = "runs/\(name)/checkpoints"
    let names = try FileManager.default.contentsOfDirectory(atPath: path(checkpoints))
    return "\(checkpoints)/\(names.max() ?? "")"
  }

  /// Every file below `name` and its bytes.
  func tree(_ name: String) throws -> [String: Data] {
    var files: [String: Data] = [:]
    for file in try FileManager.default.subpathsOfDirectory(atPath: path(name)) {
      files[file] = bytes("\(name)/\(file)")
    }
    return files
  }
}

/// What equal runs have in common, to the bit.
struct RunTrace: Equatable {
  var weights, moments, rollouts: Data
  /// Without what stands under `time/` and `machine/`.
  var metrics: [String]

  /// Of the laboratory's run, undisturbed.
  static let whole = Result {
    let laboratory = try Laboratory()
    let ran = try laboratory.rl("train", "--config", "run.json", "--name", "whole", "threads=1")
    try #require(ran.code == 0, "\(ran.error)")
    return try RunTrace(laboratory, "whole")
  }

  init(_ laboratory: Laboratory, _ name: String) throws {
    let checkpoint = try laboratory.lastCheckpoint(name)
    weights = laboratory.bytes("\(checkpoint)/models/policy/model.safetensors")
    moments = laboratory.bytes("\(checkpoint)/optimizer/policy.safetensors")
    rollouts =
      laboratory.bytes("runs/\(name)/rollouts/00000001-00000100.jsonl")
      + laboratory.bytes("runs/\(name)/rollouts/00000101-00000200.jsonl")
    metrics = try laboratory.lines("runs/\(name)/metrics.jsonl").map { line in
      let members = try JSON(parsing: String(line)).members ?? []
      let kept = members.filter {
        !$0.key.hasPrefix("time/") && !$0.key.hasPrefix("machine/")
      }
      return JSON(.object(kept)).text()
    }
  }
}
