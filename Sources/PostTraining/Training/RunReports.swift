import Configuration

/// What someone who watches a run is told after each step.
public struct StepReport: Sendable {
  public var stage: String
  /// Steps of the run, and of the stage, done so far.
  public var step, stageStep, stageSteps: Int
  public var values: [(key: String, value: Double)]
  /// What seems to go wrong and what to try, each once a run.
  public var warnings: [String]
}

/// How a run ended.
public struct RunResult: Sendable {
  public var directory: String
  public var step: Int
  public var checkpoint: String
  public var stages: [JSON]

  /// The document of `rl train --json`.
  public var json: JSON {
    [
      "run": JSON(directory), "state": "completed", "step": JSON(step),
      "checkpoint": JSON(checkpoint), "stages": JSON(stages),
      "evaluation": stages.last?["evaluation"] ?? .null,
    ]
  }
}

/// Sampled and trained log-probabilities differ where the policy had not moved: a fault of ours.
public struct ArithmeticMismatch: Error, CustomStringConvertible, Sendable {
  public var step: Int
  public var difference: Double
  public var description: String {
    "step \(step): sampled and trained log-probabilities differ by \(difference), expected 0 bits; "
      + "this is a fault in the program, and the step is not saved"
  }
}

/// The run was asked to stop, and has saved its state.
public struct InterruptedError: Error, CustomStringConvertible, Sendable {
  public var directory: String
  public var step: Int
  public var description: String {
    "\(directory): stopped at step \(step), saved; --resume auto continues it"
  }
}

/// The version that checkpoints and runs carry.
public let laboratoryVersion = "0.1.0"
