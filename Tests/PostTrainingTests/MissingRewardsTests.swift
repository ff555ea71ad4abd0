import Configuration
import EnvironmentKit
import Environments
import NeuralNetworks
import Platform
import Randomness
import Testing

@testable import PostTraining

/// `ask 3:` → `3`, of which nobody can say whether it was answered.
private struct Unjudged: ProblemFamily {
  static let name = "unjudged"
  static let version = 1

  struct Config: ConfigBlock {
    static let keys: [KeyDescription] = []
  }

  static let levels = [Config()]
  init(_ config: Config) {}
  var alphabet: String { "ask 0123456789:" }

  func problem(using random: inout RandomStream) -> Problem {
    let number = random.below(1000)
    return Problem(key: "\(number)", question: "ask \(number):", answer: "\(number)")
  }

  func episode(for problem: Problem, opening: [Message], judging: Judging) -> any Episode {
    Silence(opening: opening)
  }

  private struct Silence: Episode {
    let opening: [Message]
    mutating func respond(to completion: [UInt8], isTruncated: Bool) -> Turn {
      .finished(Verdict(score: nil, isSuccess: false, isParsed: false, reason: "for a test"))
    }
  }
}

/// All rewards missing: nothing is learned, nothing counts as 0, and the run says why.
@Suite struct MissingRewardsTests {
  private func setup(_ bench: Workbench, _ stage: JSON) throws -> RunSetup {
    let environment: JSON = [
      "format": "rl-env-file/1", "name": "unjudged", "version": 1, "kind": "builtin",
      "task": "unjudged", "levels": [["name": "only", "floor": 0]],
      "episode": ["max_new_tokens": 4, "stop": ["\n"]], "verify": ["type": "integer"],
    ]
    try bench.write(environment.text(), to: "unjudged.json")
    let config = Workbench.config(stage, on: "unjudged.json")
    return try RunSetup(
      try resolveRun(config), configFile: "\(bench.folder)/run.json",
      folders: ConfigFolders(workingDirectory: bench.folder, packageRoot: Workbench.root),
      families: BuiltinFamilies.all + [Unjudged.self])
  }

  @Test(
    arguments: [
      ["type": "grpo"], ["type": "ppo"],
      ["type": "dpo", "pairs": ["type": "online", "num_generations": 3]],
      ["type": "expert_iteration"],
    ] as [JSON])
  func aStageWithoutRewardsSaysSo(_ stage: JSON) throws {
    let small = try SmallRun()
    let setup = try setup(small.bench, stage.merging(["max_steps": 10]))
    let result = try small.run(setup, "missing")
    let lines = try RunDirectory.readLog("\(small.runs)/missing/metrics.jsonl")
    #expect(lines.count == 10)
    for line in lines {
      #expect(line["env/error_rate"]?.double == 1)
      #expect(line["reward"] == nil && line["success"] == nil)
    }
    let events = try RunDirectory.readLog("\(small.runs)/missing/events.jsonl")
    let texts = events.compactMap { $0["warning"]?.string }
    #expect(texts.contains { $0.contains("no rollout could be judged") }, "\(texts)")
    let before = setup.initialParameters()
    let after = try LoadedModel(result.checkpoint).parameters
    #expect(after.isIdentical(to: before))
  }

  @Test func aStartWithoutRewardsHasNoPairs() throws {
    let small = try SmallRun()
    let pairs: JSON = ["type": "start", "prompts": 5, "num_generations": 3]
    let setup = try setup(small.bench, ["type": "dpo", "max_steps": 10, "pairs": pairs])
    try small.run(setup, "missing")
    let events = try RunDirectory.readLog("\(small.runs)/missing/events.jsonl")
    let texts = events.compactMap { $0["warning"]?.string }
    #expect(texts.contains { $0.contains("no completion could be judged") }, "\(texts)")
    #expect(try small.metrics("missing").count == 1)
  }
}
