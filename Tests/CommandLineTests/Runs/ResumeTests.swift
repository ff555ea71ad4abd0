import Configuration
import Foundation
import Randomness
import Testing

/// The fourth law with real processes: a death at any instant changes no bit.
@Suite struct ResumeTests {
  private static let whole = Result { try unbroken(Laboratory.config) }
  private static let wholeWithHooks = Result { try unbroken(Laboratory.hooks) }

  private static func unbroken(_ config: String) throws -> RunTrace {
    let laboratory = try Laboratory(config: config)
    let ran = try laboratory.rl("train", "--config", "run.json", "--name", "whole", "threads=1")
    try #require(ran.code == 0, "\(ran.error)")
    return try RunTrace(laboratory, "whole")
  }

  @Test func theWholeRunIsWhole() throws {
    let whole = try Self.whole.get()
    #expect(whole.metrics.count == Laboratory.steps)
    #expect(!whole.weights.isEmpty && !whole.moments.isEmpty && !whole.rollouts.isEmpty)
    #expect(whole.metrics.contains { $0.contains("\"kl\":") && $0.contains("eval/success") })
  }

  @Test(arguments: [false, true]) func threeKillsChangeNoBit(withHooks: Bool) throws {
    let whole = try (withHooks ? Self.wholeWithHooks : Self.whole).get()
    let laboratory = try Laboratory(config: withHooks ? Laboratory.hooks : Laboratory.config)
    let seed = UInt64(Date().timeIntervalSince1970 * 1000)
    var random = RandomStream(seed: seed)
    var step = 0
    for _ in 0..<3 {
      let process = try laboratory.start("killed")
      step += 10 + random.below(40)
      laboratory.wait(for: step, of: "killed", process)
      usleep(UInt32(random.below(20_000)))  // into a step, an evaluation, a checkpoint
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal, "seed \(seed): ended by itself")
    }
    let ran = try laboratory.rl(
      "train", "--config", "run.json", "--name", "killed", "--resume", "auto")
    #expect(ran.code == 0, "seed \(seed): \(ran.error)")
    #expect(try RunTrace(laboratory, "killed") == whole, "seed \(seed)")
    let attempts = try JSON(contentsOfFile: laboratory.path("runs/killed/run.json"))["attempts"]
    #expect(attempts?.array?.count == 4)
  }

  @Test func threadsChangeNoBit() throws {
    let laboratory = try Laboratory()
    let ran = try laboratory.rl(
      "train", "--config", "run.json", "--name", "two", "threads=2", "--json")
    #expect(ran.code == 0)
    #expect(try RunTrace(laboratory, "two") == Self.whole.get())
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func aSignalSavesAndAsksToBeRequeued(_ signal: Int32) throws {
    let laboratory = try Laboratory()
    let process = try laboratory.start("stopped")
    laboratory.wait(for: 70, of: "stopped", process)
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 75)
    let done = laboratory.lines("runs/stopped/metrics.jsonl").count
    #expect((70..<Laboratory.steps).contains(done))
    let checkpoint = try laboratory.lastCheckpoint("stopped")
    #expect(
      checkpoint.hasSuffix("step-\(String(repeating: "0", count: 8 - "\(done)".count))\(done)"))
    let ran = try laboratory.rl(
      "train", "--config", "run.json", "--name", "stopped", "--resume", "auto")
    #expect(ran.code == 0, "\(ran.error)")
    #expect(try RunTrace(laboratory, "stopped") == Self.whole.get())
  }

  /// `config.json` of a run is the run: the same bits from it alone.
  @Test func theWrittenConfigurationIsTheRun() throws {
    let laboratory = try Laboratory()
    let short = ["stages.warm.max_steps=3", "stages.rl.max_steps=3"]
    let first = try laboratory.rl(
      "train", "--config", "run.json", "--name", "first", short[0], short[1])
    let again = try laboratory.rl(
      "train", "--config", "runs/first/config.json", "--name", "again")
    #expect(first.code == 0 && again.code == 0, "\(first.error) \(again.error)")
    #expect(try RunTrace(laboratory, "again") == RunTrace(laboratory, "first"))
    #expect(
      laboratory.bytes("runs/again/config.json") == laboratory.bytes("runs/first/config.json"))
  }

  @Test func anotherEnvironmentCannotResume() throws {
    let laboratory = try Laboratory()
    let short = ["stages.warm.max_steps=3", "stages.rl.max_steps=3"]
    let first = try laboratory.rl(
      "train", "--config", "run.json", "--name", "first", short[0], short[1])
    #expect(first.code == 0)
    try laboratory.write(
      Laboratory.sums.replacing("\"max_new_tokens\": 4", with: "\"max_new_tokens\": 3"),
      to: "sums.json")
    func tree() throws -> [String: Data] {
      try laboratory.tree("runs").filter { !$0.key.hasSuffix(".lock") }  // it names its last owner
    }
    let before = try tree()
    let ran = try laboratory.rl(
      "train", "--config", "run.json", "--name", "first", "--resume", "auto", short[0], short[1])
    #expect(ran.code == 2)
    #expect(ran.error.contains("other problems than sums has"), "\(ran.error)")
    #expect(try tree() == before)
  }

  /// A loss or gradient that is no number: exit code 3, what it was computed from, and the last
  /// good checkpoint as it was.
  @Test func divergenceLeavesTheGoodCheckpoint() throws {
    let laboratory = try Laboratory()
    let wild = ["learning_rate=1e30", "max_grad_norm=0"].map { "stages.rl.optimizer.\($0)" }
    let ran = try laboratory.rl(
      "train", "--config", "run.json", "--name", "wild", "stages.warm.max_steps=6", wild[0],
      wild[1])
    #expect(ran.code == 3)
    #expect(ran.error.contains("is not finite"), "\(ran.error)")
    let step = laboratory.lines("runs/wild/metrics.jsonl").count + 1
    let crash = "runs/wild/crash/step-0000000\(step).json"
    let batch = try JSON(contentsOfFile: laboratory.path(crash))["batch"]
    #expect(batch?.members != nil || batch?.array?.isEmpty == false)  // of the loss or the gradient
    #expect(try laboratory.lastCheckpoint("wild") == "runs/wild/checkpoints/step-00000006")
    let good = try laboratory.rl("eval", "--checkpoint", "runs/wild", "--json")
    #expect(good.code == 0, "\(good.error)")
  }
}
