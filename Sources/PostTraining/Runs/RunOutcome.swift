import Configuration
import Platform

/// What a run directory says of a run's end, read without taking its lock.
public struct RunOutcome: Sendable {
  /// Greedy success on the test split after the last stage.
  public static let testSuccess = "test/success"

  public let path: String
  /// Every key with its value.
  public let config: JSON
  /// `completed`, or how far it is: `running`, `interrupted`, `diverged`, `not started`.
  public let state: String
  public let step: Int
  /// The stages' last words; empty unless the run is completed.
  public let stages: [JSON]
  /// What the environment's problems are, of a completed run.
  public let environmentFingerprint: String?

  public init(_ path: String, in fileSystem: any FileSystem = LocalFileSystem()) throws {
    guard fileSystem.exists("\(path)/config.json") else { throw RunError.missingRun(path: path) }
    func json(_ name: String) throws -> JSON {
      let file = "\(path)/\(name)"
      return try JSON(parsing: try fileSystem.read(file), file: file)
    }
    self.path = path
    config = try json("config.json")
    let status = fileSystem.exists("\(path)/status.json") ? try json("status.json") : [:]
    step = status["step"]?.int ?? 0
    var (state, stages) = (status["state"]?.string ?? "not started", [JSON]())
    var fingerprint: String?
    if state == "completed" {
      let last = try CheckpointFiles.find(path, in: fileSystem)
      let summaries = try RunState(last).summaries
      if summaries.count == config["stages"]?.members?.count {
        (stages, fingerprint) = (summaries, last.manifest.environmentFingerprints.values.first)
      } else {
        state = "completed, but its last checkpoint is lost"
      }
    }
    (self.state, self.stages, environmentFingerprint) = (state, stages, fingerprint)
  }

  public var isCompleted: Bool { !stages.isEmpty }
  public var seed: Int { config["seed"]?.int ?? 0 }
  public var steps: Int { stages.reduce(0) { $0 + ($1["steps"]?.int ?? 0) } }
  public var seconds: Double { stages.reduce(0) { $0 + ($1["seconds"]?.double ?? 0) } }

  /// The last value of a metric: `test/success`, or a key of `metrics.jsonl`.
  public func value(
    of metric: String, in fileSystem: any FileSystem = LocalFileSystem()
  ) throws -> Double {
    if metric == Self.testSuccess {
      let environments = stages.last?["evaluation"]?["environments"]?.members ?? []
      if let success = environments.first?.value["total"]?["success"]?.double { return success }
    }
    let lines = try RunDirectory.readLog("\(path)/metrics.jsonl", in: fileSystem)
    if let last = lines.last(where: { $0[metric] != nil }) {
      // null stands for what is not finite.
      return last[metric]?.double ?? .nan
    }
    let names = Set(lines.flatMap { ($0.members ?? []).map(\.key) }).union([Self.testSuccess])
    throw MissingMetric(
      path: path, metric: metric, nearest: nearest(to: metric, among: names.sorted()))
  }
}

/// A metric that a run did not write.
public struct MissingMetric: Error, CustomStringConvertible, Sendable {
  public var path, metric: String
  public var nearest: String?
  public var description: String {
    "\(path): no metric \"\(metric)\"" + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
  }
}
