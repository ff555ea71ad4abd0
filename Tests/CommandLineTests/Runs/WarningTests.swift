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

  /// A gate that nothing passes: the run goes to its end, says so once and what to try, and its
  /// checkpoint is whole.
  @Test(arguments: [4, 15]) func aGateThatRefusesAllEndsWithAWarning(_ steps: Int) throws {
    let laboratory = try Laboratory()
    let band = #"stages.rl.gates=[{"type":"band_pass","lo":0.51,"hi":0.52,"max_resample":1}]"#
    let run = try laboratory.rl(
      "train", "--config", "run.json", "--name", "barren", "--quiet", "stages.warm.max_steps=40",
      "stages.rl.max_steps=\(steps)", band)
    #expect(run.code == 0, "\(run.error)")
    let warnings = run.error.split(separator: "\n")
    #expect(warnings.count == 1 && run.error.contains("; try "), "\(run.error)")
    #expect(warnings.first?.hasPrefix("warning: step \(40 + min(steps, 10)): ") == true)
    let good = try laboratory.rl("eval", "--checkpoint", "runs/barren", "--json")
    #expect(good.code == 0, "\(good.error)")
    let last = try JSON(parsing: String(laboratory.lines("runs/barren/metrics.jsonl").last ?? ""))
    #expect(last["gate/band_pass/admitted"] == 0)
    #expect(last["gate/band_pass/seen"]?.int == steps * 8 * 2)
  }
}
