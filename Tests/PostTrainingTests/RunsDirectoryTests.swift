import Configuration
import Foundation
import Platform
import TestSupport
import Testing

@testable import PostTraining

@Suite struct RunsDirectoryTests {
  private let files = LocalFileSystem()

  private func text(_ path: String) throws -> String {
    String(decoding: try files.read(path), as: UTF8.self)
  }

  @Test func anExistingRunIsLeftUntouched() throws {
    try inTemporaryDirectory { runs throws in
      do {
        let run = try RunDirectory.create(named: "a", in: runs)
        try run.writeConfig(["seed": 1])
      }
      let lock = try text("\(runs)/a/.lock")
      let error = #expect(throws: RunError.self) {
        try RunDirectory.create(named: "a", in: runs)
      }
      guard case .exists("\(runs)/a") = error else {
        Issue.record("found \(String(describing: error))")
        return
      }
      #expect(try files.list("\(runs)/a") == [".lock", "config.json"])
      #expect(try text("\(runs)/a/.lock") == lock)
      let replaced = try RunDirectory.create(named: "a", in: runs, overwrite: true)
      #expect(try files.list(replaced.path) == [".lock"])
    }
  }

  @Test func overwritingEmptiesOnlyRuns() throws {
    try inTemporaryDirectory { runs throws in
      try files.createDirectory("\(runs)/photos")
      try files.write([1], to: "\(runs)/photos/cat.png")
      #expect(throws: RunError.self) {
        try RunDirectory.create(named: "photos", in: runs, overwrite: true)
      }
      #expect(try files.list("\(runs)/photos") == ["cat.png"])
    }
  }

  @Test func aRunHasOneWriter() throws {
    try inTemporaryDirectory { runs throws in
      let run = try RunDirectory.create(named: "a", in: runs)
      for overwrite in [false, true] {
        let error = #expect(throws: RunError.self) {
          if overwrite {
            try RunDirectory.create(named: "a", in: runs, overwrite: true)
          } else {
            try RunDirectory.open("\(runs)/a")
          }
        }
        #expect(error?.description.contains("in use by pid \(Machine.processID) on ") == true)
      }
      withExtendedLifetime(run) {}
    }
  }

  @Test(arguments: ["", ".", "..", "a/b", "/a", ".hidden"])
  func namesThatLeadElsewhereAreRefused(_ name: String) throws {
    try inTemporaryDirectory { runs throws in
      #expect(throws: RunError.self) { try RunDirectory.create(named: name, in: runs) }
      #expect(try files.list(runs) == [])
    }
  }

  /// What is no run is neither opened nor cleared of anything.
  @Test func openingNeedsARun() throws {
    #expect(throws: RunError.self) { try RunDirectory.open("/no/such/run") }
    try inTemporaryDirectory { directory throws in
      try files.write([1], to: "\(directory)/letter.tmp")
      #expect(throws: RunError.self) { try RunDirectory.open(directory) }
      #expect(try files.list(directory) == ["letter.tmp"])
    }
  }

  @Test func attemptsAreAddedUp() throws {
    try inTemporaryDirectory { runs throws in
      let run = try RunDirectory.create(named: "a", in: runs)
      let first = RunAttempt.current(arguments: ["rl", "train"], threads: 2, version: "0.1")
      let second = RunAttempt.current(
        arguments: ["rl"], threads: 1, version: "0.1", fromStep: 40)
      #expect(try run.record(first) == 1)
      #expect(try run.record(second) == 2)
      #expect(try run.attempts() == [first, second])
      let json = try JSON(parsing: try files.read("\(run.path)/run.json"))
      #expect(json["attempts"]?[1]?["from_step"]?.int == 40)
      #expect(json["attempts"]?[0]?["argv"]?[1]?.string == "train")
    }
  }

  /// 12.0 is written as 12; -0 keeps its sign; what JSON lacks is null and explained.
  @Test func metricsAreStrictJSON() throws {
    try inTemporaryDirectory { runs throws in
      let run = try RunDirectory.create(named: "a", in: runs)
      try run.appendMetrics(
        step: 1, stage: "sft",
        [("loss", 0.1), ("num_tokens", 12), ("zero", -0.0), ("kl", .nan), ("x", -.infinity)])
      #expect(
        try text("\(run.path)/metrics.jsonl")
          == #"{"step":1,"stage":"sft","loss":0.1,"num_tokens":12,"zero":-0.0,"kl":null,"#
          + #""x":null,"_nonfinite":{"kl":"nan","x":"-inf"}}"# + "\n")
      #expect(throws: RunError.self) {
        try run.appendEvent("long", step: 1, [("text", JSON(String(repeating: "x", count: 65536)))])
      }
      #expect(!files.exists("\(run.path)/events.jsonl"))
    }
  }

  @Test func aLogBeingWrittenIsRead() throws {
    try inTemporaryDirectory { runs throws in
      let path = "\(runs)/metrics.jsonl"
      try files.write(Array("{\"step\":1}\n{\"step\":2}\n{\"st".utf8), to: path)
      #expect(try RunDirectory.readLog(path).map { $0["step"]?.int } == [1, 2])
      try files.write(Array("{\"step\":1}\n{\"step\":}\n".utf8), to: path)
      let error = #expect(throws: RunError.self) { try RunDirectory.readLog(path) }
      #expect(error?.description.contains("metrics.jsonl: line 2: expected a value") == true)
    }
  }

  @Test func rolloutFilesHoldAHundredSteps() throws {
    #expect(RunDirectory.rolloutFile(of: 1) == "00000001-00000100.jsonl")
    #expect(RunDirectory.rolloutFile(of: 100) == "00000001-00000100.jsonl")
    #expect(RunDirectory.rolloutFile(of: 101) == "00000101-00000200.jsonl")
  }

  @Test func leftoversAreClearedOnOpening() throws {
    try inTemporaryDirectory { runs throws in
      try files.createDirectories("\(runs)/a/checkpoints/.tmp-step-3-1/models")
      try files.write([], to: "\(runs)/a/.lock")
      try files.createDirectories("\(runs)/a/checkpoints/.del-step-1-1")
      try files.write([1], to: "\(runs)/a/checkpoints/.tmp-step-3-1/models/f")
      try files.write([1], to: "\(runs)/a/status.json.tmp")
      try files.createDirectory("\(runs)/a/eval")
      try files.write([1], to: "\(runs)/a/eval/00000001.json.tmp")
      let run = try RunDirectory.open("\(runs)/a")
      #expect(try files.list("\(runs)/a") == [".lock", "checkpoints", "eval"])
      #expect(try files.list("\(runs)/a/checkpoints") == [])
      #expect(try files.list("\(runs)/a/eval") == [])
      withExtendedLifetime(run) {}
    }
  }

  @Test func readsTheRevisionOfARepository() throws {
    try inTemporaryDirectory { directory in
      let revision = "0123456789abcdef0123456789abcdef01234567"
      try files.createDirectories("\(directory)/.git/refs/heads")
      try files.createDirectories("\(directory)/Sources/deep")
      try files.write(Array("ref: refs/heads/main\n".utf8), to: "\(directory)/.git/HEAD")
      #expect(gitRevision(of: directory) == nil)
      try files.write(
        Array("# pack-refs\n\(revision) refs/heads/main\n".utf8),
        to: "\(directory)/.git/packed-refs")
      #expect(gitRevision(of: "\(directory)/Sources/deep") == revision)
      let later = String(revision.reversed())
      try files.write(Array("\(later)\n".utf8), to: "\(directory)/.git/refs/heads/main")
      #expect(gitRevision(of: directory) == later)
    }
  }
}
