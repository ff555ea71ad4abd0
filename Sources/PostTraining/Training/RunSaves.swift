import Configuration
import Platform

/// The saves of one run: where the latest is, what they took, and when failing ones end the run.
struct RunSaves: Sendable {
  private let directory: RunDirectory
  private let config: CheckpointConfig
  private let control: RunControl
  /// The step and path of the latest checkpoint, once there is one.
  private(set) var latest: (step: Int, path: String)?
  /// In a row.
  private var failures = 0
  private var seconds = 0.0

  init(_ config: CheckpointConfig, in directory: RunDirectory, _ control: RunControl) {
    (self.config, self.directory, self.control) = (config, directory, control)
  }

  mutating func resumed(from checkpoint: CheckpointFiles) {
    latest = (checkpoint.step, checkpoint.path)
    control.pace.resumed(at: checkpoint.step)
  }

  /// Saves what `content` returns. Without space, or on a faulty disk, the run goes on without.
  ///
  /// It does not where this save `isLast`, or where `max_failed_saves` have failed in a row; nor
  /// where the logs cannot be made safe, which no later save could mend.
  mutating func save(
    step: Int, best: Int?, resumedFrom: String?, isLast: Bool,
    _ content: () throws -> CheckpointContent
  ) throws {
    let start = Machine.monotonicSeconds
    control.pace.saveBegan(at: start)
    defer {
      let end = Machine.monotonicSeconds
      seconds += end - start
      control.pace.ended(at: end, saved: latest?.step)
    }
    try directory.synchronizeLogs(step: step)
    let content = try content()
    let retention = Retention(
      keepLast: config.keep, best: config.keepBest ? best : nil, resumedFrom: resumedFrom)
    do {
      latest = (step, try directory.checkpoints.save(content, retention: retention).path)
      failures = 0
    } catch let error as FileError {
      try fail(step, "\(error)", isLast)
    } catch RunError.noSpace(let path, let needed, let free) {
      try fail(step, "\(RunError.noSpace(path: path, needed: needed, free: free))", isLast)
    }
  }

  /// Seconds that saving took since the last call.
  mutating func takeSeconds() -> Double {
    defer { seconds = 0 }
    return seconds
  }

  private mutating func fail(_ step: Int, _ reason: String, _ isLast: Bool) throws {
    failures += 1
    try? directory.appendEvent("save_failed", step: step, [(key: "reason", value: JSON(reason))])
    guard !isLast, failures < config.maxFailedSaves else {
      throw SaveFailure(
        directory: directory.path, step: step, failures: failures, reason: reason,
        savedStep: latest?.step)
    }
    control.narrate("step \(step): not saved, going on: \(reason)")
  }
}

/// The run ended because it could not be saved.
public struct SaveFailure: Error, CustomStringConvertible, Sendable {
  public var directory: String
  public var step: Int
  /// In a row, this one included.
  public var failures: Int
  public var reason: String
  /// The step of the latest checkpoint that stands, if one does.
  public var savedStep: Int?

  public init(directory: String, step: Int, failures: Int, reason: String, savedStep: Int?) {
    (self.directory, self.step, self.failures) = (directory, step, failures)
    (self.reason, self.savedStep) = (reason, savedStep)
  }

  public var description: String {
    let count = failures == 1 ? "" : " (\(failures) saves in a row)"
    let rest = savedStep.map { "the checkpoint of step \($0) stands" } ?? "nothing is saved yet"
    return "\(directory): step \(step) could not be saved\(count): \(reason); \(rest). "
      + "Mend that, then --resume auto continues"
  }
}
