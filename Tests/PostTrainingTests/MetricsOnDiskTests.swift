import Configuration
import Testing

@testable import PostTraining

/// The seventh law: what the metrics say can be computed again from the rollouts on disk.
@Suite struct MetricsOnDiskTests {
  /// One step's groups as the log has them.
  private struct Step {
    var groups: [JSON]
    var completions: [JSON] { groups.flatMap { $0["completions"]?.array ?? [] } }
    var rewards: [Double] { completions.compactMap { $0["reward"]?.double } }
    var lengths: [Double] { completions.map { Double($0["tokens"]?.array?.count ?? 0) } }

    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    func isUniform(_ group: JSON) -> Bool {
      Set((group["completions"]?.array ?? []).compactMap { $0["reward"]?.double }).count <= 1
    }

    func isSolved(_ group: JSON) -> Bool {
      (group["completions"]?.array ?? []).allSatisfy { success($0) == 1 }
    }

    func success(_ completion: JSON) -> Double {
      completion["verdict"]?["is_success"]?.bool == true ? 1 : 0
    }

    var figures: [String: Double] {
      let average = mean(rewards)
      let squares = rewards.reduce(0) { $0 + ($1 - average) * ($1 - average) }
      let uniform = groups.filter(isUniform)
      return [
        "reward": average,
        "reward_std": (squares / Double(rewards.count - 1)).squareRoot(),
        "success": mean(completions.map(success)),
        "frac_reward_zero_std": Double(uniform.count) / Double(groups.count),
        "groups/mixed": Double(groups.count - uniform.count),
        "groups/all_best": Double(uniform.count(where: isSolved)),
        "groups/all_worst": Double(uniform.count { !isSolved($0) }),
        "groups/filtered": Double(groups.count { $0["skipped"]?.bool == true }),
        "completions/mean_length": mean(lengths),
        "completions/min_length": lengths.min() ?? 0,
        "completions/max_length": lengths.max() ?? 0,
        "completions/clipped_ratio": mean(
          completions.map { $0["finish"]?.string == "length" ? 1 : 0 }),
      ]
    }
  }

  @Test func figuresAreThoseOfTheRollouts() throws {
    let small = try SmallRun()
    let letters = [
      "environment=letters.json", "stages.warm.max_steps=30", "stages.rl.max_steps=8",
      "stages.rl.num_generations=3",
      #"stages.rl.gates=[{"type":"zero_variance","max_resample":1}]"#,
    ]
    try small.run("disk", letters)
    let path = "\(small.runs)/disk"
    let groups = try RunDirectory.readLog("\(path)/rollouts/00000001-00000100.jsonl")
    let lines = try RunDirectory.readLog("\(path)/metrics.jsonl").filter {
      $0["stage"]?.string == "rl"
    }
    #expect(lines.count == 8)
    var tokens = 0.0
    var asked = 0
    for line in lines {
      let step = Step(groups: groups.filter { $0["step"] == line["step"] })
      #expect(step.groups.count == 6)
      for (name, value) in step.figures {
        #expect(line[name]?.double == value, "step \(line["step"]?.int ?? 0): \(name)")
      }
      tokens += step.lengths.reduce(0, +) + (line["groups/resampled_tokens"]?.double ?? 0)
      #expect(line["num_tokens"]?.double == tokens)
      // Indices count the problems asked: what is missing was asked and replaced.
      let last = step.groups.compactMap { $0["index"]?.int }.max() ?? 0
      let resampled = line["groups/resampled"]?.int ?? 0
      asked += step.groups.count + resampled
      #expect(last < asked)
    }
    #expect(lines.contains { ($0["groups/filtered"]?.int ?? 0) > 0 })
    #expect(lines.contains { ($0["groups/mixed"]?.int ?? 0) > 0 })
    #expect(lines.contains { ($0["success"]?.double ?? 0) > 0 })
  }

  /// Where a reward model is part of the reward, its score is the rest of what stands in the log, and
  /// each group of unequal rewards is a pair.
  @Test func aMixtureIsThatOfTheRollouts() throws {
    let small = try SmallRun()
    let stage: JSON = [
      "type": "dpo", "max_steps": 4,
      "pairs": [
        "type": "online", "prompts_per_step": 6, "num_generations": 3,
        "reward": ["verifier": 0.5, "model": 2],
      ],
    ]
    try small.run(try small.bench.setup(Workbench.config(stage)), "disk")
    let path = "\(small.runs)/disk"
    let groups = try RunDirectory.readLog("\(path)/rollouts/00000001-00000100.jsonl")
    let lines = try RunDirectory.readLog("\(path)/metrics.jsonl")
    #expect(lines.count == 4)
    for line in lines {
      let step = Step(groups: groups.filter { $0["step"] == line["step"] })
      for (name, value) in step.figures {
        #expect(line[name]?.double == value, "step \(line["step"]?.int ?? 0): \(name)")
      }
      let verdicts = step.completions.compactMap { $0["verdict"]?["score"]?.double }
      let score = (step.mean(step.rewards) - 0.5 * step.mean(verdicts)) / 2
      #expect(abs(try #require(line["reward_model/mean"]?.double) - score) < 1e-9)
      #expect(line["pairs/count"] == line["groups/mixed"])
    }
  }

  @Test func nothingIsLoggedEveryStepWhenAskedNotTo() throws {
    let small = try SmallRun()
    let short = ["stages.warm.max_steps=2", "stages.rl.max_steps=6", "checkpoint.every=100"]
    try small.run("some", short + [#"rollouts={"every":3}"#])
    let groups = try RunDirectory.readLog("\(small.runs)/some/rollouts/00000001-00000100.jsonl")
    #expect(Set(groups.compactMap { $0["step"]?.int }) == [3, 6])
    try small.run("none", short + ["rollouts=none"])
    #expect(throws: (any Error).self) { try small.rollouts("none") }
    #expect(try small.metrics("none") == small.metrics("some"))
  }
}
