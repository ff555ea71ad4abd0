import Configuration
import PostTraining
import Testing

@Suite struct WarningTests {
  /// One token leaves no room for a stop: every completion is cut off, and none is right. What was
  /// said before the run was taken up again is not said again.
  @Test func aRunWarnsOnce() throws {
    let laboratory = try Laboratory()
    func train(_ steps: Int) throws -> [String] {
      let run = try laboratory.rl(
        "train", "--config", "run.json", "--name", "warned", "--resume", "auto", "--quiet",
        "evaluation.every=0", "stages.warm.max_steps=1", "stages.rl.max_steps=\(steps)",
        "stages.rl.max_completion_length=1")
      #expect(run.code == 0)
      return run.error.split(separator: "\n").map(String.init)
    }
    let first = try train(12)
    #expect(first.count == 2)
    #expect(first.allSatisfy { $0.hasPrefix("warning: step 11: ") && $0.contains("; try ") })
    #expect(try train(24) == [])
    let events = try RunDirectory.readLog(laboratory.path("runs/warned/events.jsonl"))
    let rules = events.filter { $0["event"]?.string == "warning" }.compactMap { $0["rule"]?.string }
    #expect(rules == ["most_truncated", "nothing_to_learn"])
  }
}
