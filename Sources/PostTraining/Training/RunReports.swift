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

/// The run was asked to stop: what it has saved goes on to the same bits.
public struct InterruptedError: Error, CustomStringConvertible, Sendable {
  public var directory: String
  /// The step that was finished, or that there was no time to finish.
  public var step: Int
  /// The latest checkpoint's step, if there is one.
  public var savedStep: Int?

  public init(directory: String, step: Int, savedStep: Int?) {
    (self.directory, self.step, self.savedStep) = (directory, step, savedStep)
  }

  public var description: String {
    guard let savedStep else {
      return "\(directory): stopped before anything was saved; --resume auto starts again"
    }
    if savedStep == step {
      return "\(directory): stopped at step \(step), saved; --resume auto continues it"
    }
    return "\(directory): stopped in step \(step), which is not saved; --resume auto continues "
      + "from step \(savedStep)"
  }
}

/// The version that checkpoints and runs carry.
public let laboratoryVersion = "0.1.0"
