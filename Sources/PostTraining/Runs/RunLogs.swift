import Configuration
import Platform

/// The logs of a run: one JSON object a line, each line, or each step's lines, by one write.
extension RunDirectory {
  static let rolloutSteps = 100

  /// Adds the step's line to `metrics.jsonl`.
  ///
  /// JSON has no infinities: they become `null`, and `_nonfinite` says what they were.
  public func appendMetrics(
    step: Int, stage: String, _ values: [(key: String, value: Double)]
  ) throws {
    try append(Self.metricsLine(step: step, stage: stage, values), to: "metrics.jsonl")
  }

  /// Adds something that happened to `events.jsonl`: a failed save, a warning, a resumption.
  public func appendEvent(
    _ name: String, step: Int, _ details: [(key: String, value: JSON)] = []
  ) throws {
    let members = [("step", JSON(step)), ("event", JSON(name))] + details
    try append(JSON(members: members.map { (key: $0.0, value: $0.1) }), to: "events.jsonl")
  }

  /// Adds a step's groups to the rollouts, one a line. Steps count from 1.
  public func appendRollouts(_ groups: [JSON], step: Int) throws {
    precondition(step >= 1, "appendRollouts: steps count from 1, found \(step)")
    try makeDirectory("rollouts")
    let lines = groups.flatMap { Array($0.text().utf8) + [UInt8(ascii: "\n")] }
    try fileSystem.append(lines, to: "\(path)/rollouts/\(Self.rolloutFile(of: step))")
  }

  /// Waits until the logs would survive a loss of power: before a checkpoint that relies on them.
  public func synchronizeLogs(step: Int) throws {
    let rollouts = "rollouts/\(Self.rolloutFile(of: max(1, step)))"
    for name in ["metrics.jsonl", "events.jsonl", rollouts, "rollouts"] {
      if try fileSystem.status("\(path)/\(name)") != nil {
        try fileSystem.synchronize("\(path)/\(name)")
      }
    }
    try fileSystem.synchronize(path)
  }

  /// The lines of a log, also of a run that is being written: a torn last line is passed over.
  public static func readLog(
    _ path: String, in fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> [JSON] {
    let lines = try fileSystem.read(path)
      .split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
    return try lines.enumerated().map { index, line in
      do throws(JSONError) {
        return try JSON(parsing: Array(line))
      } catch {
        throw RunError.corruptFile(path: path, reason: "line \(index + 1): \(error.reason)")
      }
    }
  }

  /// `00000101-00000200.jsonl` holds the steps 101 to 200.
  static func rolloutFile(of step: Int) -> String {
    let first = (step - 1) / rolloutSteps * rolloutSteps + 1
    return "\(padded(first))-\(padded(first + rolloutSteps - 1)).jsonl"
  }

  static func metricsLine(
    step: Int, stage: String, _ values: [(key: String, value: Double)]
  ) -> JSON {
    var members: [(key: String, value: JSON)] = [("step", JSON(step)), ("stage", JSON(stage))]
    var nonfinite: [(key: String, value: JSON)] = []
    for (key, value) in values {
      if let count = Int(exactly: value), value.sign == .plus || count != 0 {
        members.append((key, JSON(count)))  // 12, not 12.0
      } else if value.isFinite {
        members.append((key, JSON(value)))
      } else {
        members.append((key, .null))
        nonfinite.append((key, value.isNaN ? "nan" : value > 0 ? "inf" : "-inf"))
      }
    }
    if !nonfinite.isEmpty { members.append(("_nonfinite", JSON(members: nonfinite))) }
    return JSON(members: members)
  }

  private func append(_ line: JSON, to name: String) throws {
    let bytes = Array((line.text() + "\n").utf8)
    guard bytes.count <= Self.maximumLineLength else {
      throw RunError.lineTooLong(path: "\(path)/\(name)", bytes: bytes.count)
    }
    try fileSystem.append(bytes, to: "\(path)/\(name)")
  }
}
