import Configuration
import Foundation
import Platform
import TestSupport
import Testing

@testable import PostTraining

@Suite struct RunsRewindTests {
  private let files = LocalFileSystem()

  /// A run of `steps` steps with a checkpoint at each multiple of `every`.
  private func train(_ run: RunDirectory, to last: Int, every: Int) throws {
    for step in 1...last {
      try run.appendRollouts([["step": JSON(step), "index": 0]], step: step)
      try run.appendMetrics(step: step, stage: "grpo", [("loss", 1 / Double(step))])
      try run.appendEvent("step", step: step)
      guard step % every == 0 else { continue }
      try run.writeEvaluation(["step": JSON(step)], step: step)
      try run.synchronizeLogs(step: step)
      try run.checkpoints.save(
        CheckpointContent(
          step: step, files: exampleFiles(step), configHash: "", version: "0.1"),
        retention: Retention(keepLast: 1))
      try run.writeStatus(["step": JSON(step)])
    }
  }

  private func steps(_ path: String) throws -> [Int] {
    try files.read(path).split(separator: UInt8(ascii: "\n")).map {
      try #require(try JSON(parsing: Array($0))["step"]?.int)
    }
  }

  @Test func laterLinesLeaveAndTailsStay() throws {
    try inTemporaryDirectory { runs throws in
      let run = try RunDirectory.create(named: "a", in: runs)
      try train(run, to: 205, every: 100)
      try files.append(Array("{\"step\":206,\"lo".utf8), to: "\(run.path)/metrics.jsonl")
      #expect(try run.rewind(to: 102, attempt: 3) == 102)
      #expect(try steps("\(run.path)/metrics.jsonl") == Array(1...102))
      #expect(try steps("\(run.path)/events.jsonl") == Array(1...102))
      let tail = try files.read("\(run.path)/metrics.tail.attempt-3.jsonl")
      // 103 to 205, and the torn one
      #expect(tail.split(separator: UInt8(ascii: "\n")).count == 104)
      #expect(
        try files.list("\(run.path)/rollouts")
          == ["00000001-00000100.jsonl", "00000101-00000200.jsonl"])
      #expect(try steps("\(run.path)/rollouts/00000101-00000200.jsonl") == [101, 102])
      #expect(try files.list("\(run.path)/eval") == ["00000100.json"])
      #expect(try run.checkpoints.entries() == [])  // 200 is later, 100 was pruned
    }
  }

  @Test func rewindingTwiceChangesNothing() throws {
    try inTemporaryDirectory { runs throws in
      let run = try RunDirectory.create(named: "a", in: runs)
      try train(run, to: 5, every: 2)
      try run.rewind(to: 4, attempt: 2)
      let tail = try files.read("\(run.path)/metrics.tail.attempt-2.jsonl")
      try run.rewind(to: 4, attempt: 2)
      #expect(try files.read("\(run.path)/metrics.tail.attempt-2.jsonl") == tail)
      #expect(try steps("\(run.path)/metrics.jsonl") == [1, 2, 3, 4])
      #expect(try run.checkpoints.entries().map(\.step) == [4])
    }
  }

  @Test func aRunWithoutLogsRewinds() throws {
    try inTemporaryDirectory { runs throws in
      let run = try RunDirectory.create(named: "a", in: runs)
      #expect(try run.rewind(to: 0, attempt: 1) == 0)
      #expect(try files.list(run.path) == [".lock"])
    }
  }
}
