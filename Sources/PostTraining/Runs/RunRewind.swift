import Configuration
import Platform

extension RunDirectory {
  /// Brings the run back to the end of `step`, as the checkpoint there has it.
  ///
  /// Later checkpoints and evaluations go; lines of later steps leave the logs, and those of
  /// metrics and events are kept beside them, named after `attempt`. It may be interrupted and
  /// repeated at any point. Returns the last step that `metrics.jsonl` still has.
  @discardableResult
  public func rewind(to step: Int, attempt: Int) throws -> Int {
    try checkpoints.discard(after: step)
    for log in ["metrics", "events"] {
      try cut("\(log).jsonl", after: step, tail: "\(log).tail.attempt-\(attempt).jsonl")
    }
    for name in try list("rollouts") {
      guard let first = Self.number(name) else { continue }
      if first > step {
        try fileSystem.remove("\(path)/rollouts/\(name)")
      } else if first + Self.rolloutSteps > step {
        try cut("rollouts/\(name)", after: step, tail: nil)
      }
    }
    for name in try list("eval") where Self.number(name).map({ $0 > step }) == true {
      try fileSystem.remove("\(path)/eval/\(name)")
    }
    return try metricsSteps().last ?? 0
  }

  /// The steps of `metrics.jsonl` in order; a torn last line is passed over.
  func metricsSteps() throws -> [Int] {
    guard try fileSystem.status("\(path)/metrics.jsonl") != nil else { return [] }
    return lines(of: try fileSystem.read("\(path)/metrics.jsonl")).compactMap(Self.step)
  }

  /// Keeps the lines up to the first that is later than `step` or not whole.
  private func cut(_ name: String, after step: Int, tail: String?) throws {
    guard try fileSystem.status("\(path)/\(name)") != nil else { return }
    let bytes = try fileSystem.read("\(path)/\(name)")
    var end = bytes.startIndex
    for line in lines(of: bytes) {
      guard let found = Self.step(of: line), found <= step else { break }
      end = line.endIndex + 1
    }
    guard end < bytes.endIndex else { return }
    if let tail { try fileSystem.replace("\(path)/\(tail)", with: Array(bytes[end...])) }
    try fileSystem.replace("\(path)/\(name)", with: Array(bytes[..<end]))
  }

  private func list(_ name: String) throws -> [String] {
    guard try fileSystem.status("\(path)/\(name)") != nil else { return [] }
    return try fileSystem.list("\(path)/\(name)")
  }

  /// The step that a file's name starts with.
  private static func number(_ name: String) -> Int? {
    Int(name.prefix { $0 != "-" && $0 != "." })
  }

  /// The lines that end in a newline, without it.
  private func lines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
  }

  private static func step(of line: ArraySlice<UInt8>) -> Int? {
    guard let json = try? JSON(parsing: Array(line)) else { return nil }
    return json["step"]?.int
  }
}
