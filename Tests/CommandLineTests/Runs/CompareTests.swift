import Configuration
import Foundation
import Testing

/// Two arms of two seeds each, really run, and one run that was stopped.
@Suite struct CompareTests {
  private static let made = Result {
    let laboratory = try Laboratory()
    for (rate, seed) in [("0.003", 0), ("0.003", 1), ("0.001", 0), ("0.001", 1)] {
      let ran = try laboratory.rl(
        "train", "--config", "run.json", "--name", "\(rate)-\(seed)", "--quiet", "seed=\(seed)",
        "stages.warm.optimizer.learning_rate=\(rate)", "stages.warm.max_steps=4",
        "stages.rl.max_steps=3", "evaluation.every=7")
      try #require(ran.code == 0, "\(ran.error)")
    }
    let process = try laboratory.start(
      "stopped", "seed=2", "stages.warm.optimizer.learning_rate=0.003", "stages.warm.max_steps=4",
      "stages.rl.max_steps=100000", "evaluation.every=7")
    laboratory.wait(for: 10, of: "stopped", process)
    process.terminate()
    process.waitUntilExit()
    try #require(process.terminationStatus == 75)
    return laboratory
  }

  private func document(_ arguments: String) throws -> JSON {
    let ran = try compare("\(arguments) --json")
    #expect(ran.code == 0, "\(ran.error)")
    return try JSON(parsing: ran.output)
  }

  private func compare(_ arguments: String) throws -> Ran {
    let laboratory = try Self.made.get()
    return try RunningProgram.shell(
      "cd '\(laboratory.folder)/runs' && \"$RL\" compare \(arguments)")
  }

  private func lastValue(_ key: String, of run: String) throws -> Double {
    let lines = try Self.made.get().lines("runs/\(run)/metrics.jsonl").map {
      try JSON(parsing: String($0))
    }
    return try #require(lines.last { $0[key] != nil }?[key]?.double)
  }

  /// With two seeds the interval is the mean ± 12.706 · |a − b| / 2: Student's with one degree of
  /// freedom.
  @Test func anArmIsItsSeedsAndTheirInterval() throws {
    let json = try document("0.003-0 0.003-1 0.001-0 0.001-1 --metric loss")
    let arms = try #require(json["arms"]?.array)
    #expect(
      arms.map { $0["arm"]?.string } == [
        "stages.warm.optimizer.learning_rate=0.003", "stages.warm.optimizer.learning_rate=0.001",
      ])
    for (arm, name) in zip(arms, ["0.003", "0.001"]) {
      let values = try (0...1).map { try lastValue("loss", of: "\(name)-\($0)") }
      #expect(arm["n"]?.int == 2)
      #expect(arm["runs"]?.array?.map { $0["value"]?.double } == values)
      let mean = (values[0] + values[1]) / 2
      let reach = 12.706204736432095 * abs(values[0] - values[1]) / 2
      #expect(abs(try #require(arm["mean"]?.double) - mean) < 1e-12)
      #expect(abs(try #require(arm["ci95"]?[0]?.double) - (mean - reach)) < 1e-9)
      #expect(abs(try #require(arm["ci95"]?[1]?.double) - (mean + reach)) < 1e-9)
      #expect(arm["steps"]?.double == 7)
    }
  }

  /// Without a metric it is what `rl train --json` ended with.
  @Test func theDefaultIsTheLastWordOnTheTestSplit() throws {
    let laboratory = try Self.made.get()
    let ran = try laboratory.rl(
      "eval", "--checkpoint", "runs/0.001-1", "--split", "test", "--json")
    let success = try JSON(parsing: ran.output)["environments"]?["sums"]?["total"]?["success"]
    let json = try document("0.001-1")
    #expect(json["metric"]?.string == "test/success")
    #expect(json["arms"]?[0]?["mean"]?.double == success?.double)
    #expect(json["arms"]?[0]?["ci95"]?.isNull == true)  // one seed has no interval
    #expect(json["arms"]?[0]?["arm"]?.string == "")
  }

  @Test func anUnfinishedRunIsNamedAndNotCounted() throws {
    let ran = try compare("0.003-0 stopped/ 0.003-1 --format csv")
    #expect(ran.code == 0)
    #expect(ran.error.hasPrefix("stopped: interrupted at step 1"), "\(ran.error)")
    #expect(ran.error.hasSuffix(", not counted\n"))
    let lines = ran.output.split(separator: "\n")
    #expect(lines[0] == "arm,n,unfinished,test/success,low,high,steps,seconds")
    // Its number of steps makes it an arm of its own.
    #expect(lines[1].hasPrefix("stages.rl.max_steps=3,2,0,"))
    #expect(lines[2] == "stages.rl.max_steps=100000,0,1,,,,,")
    let alone = try compare("stopped --json")
    #expect(alone.code == 1)
    #expect(try JSON(parsing: alone.output)["arms"]?[0]?["n"]?.int == 0)
  }

  @Test func theSameRunTwiceCountsOnce() throws {
    let ran = try compare("0.003-0 ./0.003-0 --json")
    #expect(ran.error == "./0.003-0: the same configuration and seed as 0.003-0, not counted\n")
    #expect(try JSON(parsing: ran.output)["arms"]?[0]?["n"]?.int == 1)
  }

  @Test func tablesHaveALineAnArm() throws {
    let table = try compare("0.003-* 0.001-*").output.split(separator: "\n")
    #expect(table.count == 3)
    #expect(table[0].hasPrefix("ARM ") && table[0].contains("TEST/SUCCESS"))
    #expect(table[1].contains("learning_rate=0.003  2  0 "))
    let markdown = try compare("0.003-* 0.001-* --format markdown").output.split(separator: "\n")
    #expect(markdown.count == 4)
    #expect(markdown[0] == "| arm | n | unfinished | test/success | 95 % | steps | seconds |")
    #expect(Set(markdown.map { $0.count { $0 == "|" } }) == [8])
  }

  @Test(arguments: [
    ("nowhere", 5, "nowhere: no run there"), ("0.001-0 --metric los", 2, "did you mean \"loss\"?"),
    ("", 2, "expected RUN …, found 0"), ("0.001-0 --format tab", 2, "did you mean \"table\"?"),
  ])
  func mistakesAreNamed(_ arguments: String, _ code: Int32, _ message: String) throws {
    let ran = try compare(arguments)
    #expect(ran.code == code)
    #expect(ran.error.contains(message), "\(ran.error)")
  }

  /// The problems changed under the same name: no figure of one says anything of the other.
  @Test func changedProblemsDoNotCompare() throws {
    let laboratory = try Laboratory()
    for (name, digits) in [("a", "1"), ("b", "2")] {
      try laboratory.write(
        Laboratory.sums.replacing("\"digits\": 1", with: "\"digits\": \(digits)"), to: "sums.json")
      let ran = try laboratory.rl(
        "train", "--config", "run.json", "--name", name, "--quiet", "stages.warm.max_steps=1",
        "stages.rl.max_steps=1", "evaluation.every=0")
      try #require(ran.code == 0, "\(ran.error)")
    }
    let ran = try laboratory.rl("compare", "runs/a", "runs/b")
    #expect(ran.code == 2)
    #expect(ran.error.contains("sums.json changed between runs/a and runs/b"), "\(ran.error)")
  }
}
