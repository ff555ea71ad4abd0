import Configuration
import Foundation
import Randomness
import Testing

/// The fourth law with real processes: a death at any instant changes no bit.
@Suite struct ResumeTests {
  @Test func theWholeRunIsWhole() throws {
    let whole = try RunTrace.whole.get()
    #expect(whole.metrics.count == Laboratory.steps)
    #expect(!whole.weights.isEmpty && !whole.moments.isEmpty && !whole.rollouts.isEmpty)
    #expect(whole.metrics.contains { $0.contains("\"kl\":") && $0.contains("eval/success") })
  }

  @Test func threadsChangeNoBit() throws {
    let laboratory = try Laboratory()
    let ran = try laboratory.rl(
      "train", "--config", "run.json", "--name", "two", "threads=2", "--json")
    #expect(ran.code == 0)
    #expect(try RunTrace(laboratory, "two") == RunTrace.whole.get())
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
