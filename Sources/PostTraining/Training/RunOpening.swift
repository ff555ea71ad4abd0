import Configuration
import Platform

/// What to do with a run that exists already.
public enum ResumePolicy: Sendable, Equatable {
  /// It is an error.
  case never
  /// Continue from its latest whole checkpoint, or from the start where it has none.
  case auto
  /// Continue from this checkpoint and no other.
  case checkpoint(String)
}

extension Run {
  /// Where a run lives, and how it is taken up.
  public struct Place: Sendable {
    public var name, runs: String
    public var resume = ResumePolicy.never
    public var overwrite = false
    /// The command line and the threads, for the record of attempts.
    public var arguments: [String] = []
    public var threads = 1

    public init(name: String, runs: String) { (self.name, self.runs) = (name, runs) }
  }

  /// A new run, or an old one brought back to a checkpoint: nothing is made before all is checked.
  public static func open(
    _ setup: RunSetup, at place: Place, control: RunControl = RunControl(),
    fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> (run: Run, events: [String]) {
    try open(setup, try RunEvaluators(setup), at: place, control, fileSystem)
  }

  static func open(
    _ setup: RunSetup, _ evaluators: RunEvaluators, at place: Place, _ control: RunControl,
    _ fileSystem: any FileSystem
  ) throws -> (run: Run, events: [String]) {
    let path = "\(place.runs)/\(place.name)"
    let exists = try fileSystem.status(path) != nil
    if place.resume == .never || (place.resume == .auto && !exists) {
      let directory = try RunDirectory.create(
        named: place.name, in: place.runs, overwrite: place.overwrite, fileSystem: fileSystem)
      try directory.record(attempt(place, fromStep: 0))
      return (try Run(setup, evaluators, in: directory, control), [])
    }
    let directory = try RunDirectory.open(path, fileSystem: fileSystem)
    var checkpoint: CheckpointFiles?
    var rejected: [RunError] = []
    if case .checkpoint(let source) = place.resume {
      checkpoint = try CheckpointFiles(at: source, in: fileSystem)
    } else {
      (checkpoint, rejected) = try directory.checkpoints.latestValid()
    }
    let step = checkpoint?.step ?? 0
    if let checkpoint { try check(checkpoint, against: setup) }
    let number = try directory.record(attempt(place, fromStep: step))
    try directory.rewind(to: step, attempt: number)
    for error in rejected {
      try directory.appendEvent(
        "checkpoint_rejected", step: step, [(key: "reason", value: JSON("\(error)"))])
    }
    var run = try Run(setup, evaluators, in: directory, control)
    if let checkpoint { try run.resume(from: checkpoint) }
    return (run, rejected.map { "passed over: \($0)" })
  }

  private static func attempt(_ place: Place, fromStep step: Int) -> RunAttempt {
    .current(
      arguments: place.arguments, threads: place.threads, version: laboratoryVersion,
      fromStep: step)
  }
}
