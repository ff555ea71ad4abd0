import Configuration
import Platform

@testable import PostTraining

/// A whole run in a temporary directory: a small model, a few steps of each algorithm.
struct SmallRun: Sendable {
  static let config: JSON = [
    "seed": 3, "model": Workbench.model, "environment": "sums.json",
    "evaluation": ["every": 4, "episodes": 20],
    "checkpoint": ["every": 3, "keep": 5], "diagnostics": ["every": 2],
    "stages": [
      "warm": [
        "type": "sft", "max_steps": 5, "batch_size": 16,
        "stop_when": ["metric": "train/success", "every": 2, "episodes": 10],
        "optimizer": ["type": "adamw", "learning_rate": 3e-3],
      ],
      "rl": [
        "type": "grpo", "max_steps": 7, "prompts_per_step": 6, "num_generations": 4,
        "curriculum": ["type": "hard", "max_problems": 300],
        "gates": [["type": "zero_variance", "max_resample": 1]], "beta": 0.05,
        "optimizer": ["type": "adamw", "learning_rate": 1e-3],
      ],
    ],
  ]

  let bench: Workbench
  var runs: String { bench.runs }

  init() throws { bench = try Workbench() }

  func setup(_ overrides: [String] = []) throws -> RunSetup {
    try bench.setup(try Self.config.applying(overrides.map { try Override($0) }))
  }

  /// Runs to the end, or until `stopAfter` steps of this process.
  @discardableResult
  func run(
    _ name: String, _ overrides: [String] = [], resume: ResumePolicy = .never, stopAfter: Int = .max
  ) throws -> RunResult {
    try run(try setup(overrides), name, resume: resume, stopAfter: stopAfter)
  }

  @discardableResult
  func run(
    _ setup: RunSetup, _ name: String, resume: ResumePolicy = .never, stopAfter: Int = .max
  ) throws -> RunResult {
    let steps = Steps(limit: stopAfter)
    var place = Run.Place(name: name, runs: runs)
    place.resume = resume
    let control = RunControl(shouldStop: { steps.isOver })
    var (run, _) = try Run.open(setup, at: place, control: control)
    return try run.run { _ in steps.count += 1 }
  }

  /// Counts the steps of one run, which calls it from one thread.
  private final class Steps: @unchecked Sendable {
    var count = 0
    let limit: Int
    init(limit: Int) { self.limit = limit }
    var isOver: Bool { count >= limit }
  }

  func weights(_ result: RunResult) throws -> [UInt8] {
    try LocalFileSystem().read("\(result.checkpoint)/models/policy/model.safetensors")
  }

  /// The metrics without what may differ between equal runs.
  func metrics(_ name: String) throws -> [String] {
    try RunDirectory.readLog("\(runs)/\(name)/metrics.jsonl").map(withoutTimes)
  }

  func rollouts(_ name: String) throws -> [UInt8] {
    try LocalFileSystem().read("\(runs)/\(name)/rollouts/00000001-00000100.jsonl")
  }
}

/// A line of metrics without what may differ between equal runs.
func withoutTimes(_ line: JSON) -> String {
  JSON(
    members: (line.members ?? []).filter {
      !$0.key.hasPrefix("time/") && !$0.key.hasPrefix("machine/")
    }.map { ($0.key, $0.value) }
  ).text()
}
