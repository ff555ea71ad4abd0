import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Platform
import Testing

@testable import PostTraining

/// Curricula, gates and shapers in whole runs.
@Suite struct HookRunTests {
  /// Keys that keep enough groups and stay together below a success, by hook.
  private static let keys: [String: JSON] = [
    "schedule": [
      "points": [["step": 0, "level": "two"], ["step": 3, "level": "three"]]
    ],
    "band": ["up": 0.05, "down": 0.01, "window": 8, "min_samples": 4, "cooldown_steps": 1],
    "band_pass": ["lo": 0, "max_resample": 1], "max_truncated": ["fraction": 0.9],
    "zero_variance": ["max_resample": 2], "overlong": ["penalty": 0.1],
    "partial": ["rule": "verifier"],
  ]

  private static func blocks(_ entries: [(name: String, block: any ConfigBlock.Type)]) -> [JSON] {
    entries.map { JSON(members: [("type", JSON($0.name))]).merging(keys[$0.name] ?? [:]) }
  }

  /// A run on letters with every gate and shaper of the catalogs and one curriculum.
  private static func overrides(_ curriculum: String) -> [String] {
    let block = blocks(CurriculumCatalog.entries).first { $0["type"]?.string == curriculum } ?? [:]
    return [
      "environment=letters.json", "stages.warm.max_steps=2", "stages.rl.max_steps=6",
      "evaluation.every=0", "stages.rl.curriculum=\(block.text())",
      "stages.rl.gates=\(JSON(blocks(GateCatalog.entries)).text())",
      "stages.rl.shaping=\(JSON(blocks(ShaperCatalog.entries)).text())",
    ]
  }

  private func events(_ small: SmallRun, _ name: String) throws -> [JSON] {
    let path = "\(small.runs)/\(name)/events.jsonl"
    return LocalFileSystem().exists(path) ? try RunDirectory.readLog(path) : []
  }

  /// The fourth law with every hook at once: stopped after any step with one curriculum, after one
  /// step with each other, and resumed, weights, metrics, rollouts and events are the same.
  @Test(arguments: CurriculumCatalog.entries.map(\.name))
  func everyHookSurvivesAnyStop(_ curriculum: String) throws {
    let small = try SmallRun()
    let overrides = Self.overrides(curriculum)
    let whole = try small.run("whole", overrides)
    let metrics = try small.metrics("whole")
    for name in ShaperCatalog.entries.map(\.name) {
      #expect(metrics.last?.contains("\"reward/\(name)/mean\"") == true)
    }
    for k in curriculum == "band" ? Array(2..<8) : [5] {
      #expect(throws: InterruptedError.self) { try small.run("cut\(k)", overrides, stopAfter: k) }
      let rest = try small.run("cut\(k)", overrides, resume: .auto)
      #expect(try small.weights(rest) == small.weights(whole))
      #expect(try small.metrics("cut\(k)") == metrics)
      #expect(try small.rollouts("cut\(k)") == small.rollouts("whole"))
      #expect(try events(small, "cut\(k)") == events(small, "whole"))
    }
  }

  /// The seventh law for hooks: of what they report nothing is undefined, and nothing is defined
  /// that none of them reports.
  @Test func everyFigureOfAHookIsDefined() throws {
    let setup = try Workbench().setup(
      Workbench.config([
        "type": "grpo", "prompts_per_step": 4, "num_generations": 4,
        "gates": JSON(Self.blocks(GateCatalog.entries)),
        "shaping": JSON(Self.blocks(ShaperCatalog.entries)),
      ]))
    var config = try #require(setup.config.stages.entries[0].value.stage as? GRPOConfig)
    let models = try setup.models()
    var found: Set<String> = []
    for entry in CurriculumCatalog.entries {
      config.curriculum = Variant(entry.name)
      var method = try GRPO(config, setup.context(ofStage: "stage"))
      found.formUnion(try method.collect(step: 0, with: models.bound()).metrics.values.keys)
    }
    let hooks = MetricDefinition.ofCollection
    for key in found where ["curriculum/", "gate/"].contains(where: key.hasPrefix) {
      #expect(hooks.contains { $0.defines(key) }, "\(key)")
    }
    let unused = hooks.filter { definition in !found.contains(where: definition.defines) }
    #expect(unused.isEmpty, "\(unused.map(\.name))")
    let terms = ShaperCatalog.entries.map { "reward/\($0.name)/mean" }
    #expect(found.isSuperset(of: terms + ["reward/raw/mean", "success"]))
  }

  /// Sums of two digits and of three, after enough SFT to answer with digits that are mostly wrong.
  private func ladder(_ band: JSON) throws -> (lines: [JSON], events: [JSON]) {
    let small = try SmallRun()
    let environment = Workbench.sums.merging([
      "name": "ladder",
      "levels": [
        ["name": "two", "params": ["terms": 2], "floor": 0.2],
        ["name": "three", "params": ["terms": 3], "floor": 0.2],
      ],
    ])
    try small.bench.write(environment.text(), to: "ladder.json")
    let block = JSON(members: [("type", "band"), ("window", 48), ("min_samples", 12)])
      .merging(band)
    try small.run(
      "ladder",
      [
        "environment=ladder.json", "stages.warm.max_steps=40", "stages.warm.stop_when.metric=none",
        "stages.rl.max_steps=12", "stages.rl.beta=0", "stages.rl.gates=[]",
        "stages.rl.curriculum=\(block.text())", "evaluation.every=0",
        #"stages.rl.shaping=[{"type":"format","weight":0.2,"decay_steps":100000},"#
          + #"{"type":"partial","weight":0.5,"rule":"digits"}]"#,
      ])
    let lines = try RunDirectory.readLog("\(small.runs)/ladder/metrics.jsonl")
    return (
      lines.filter { $0["stage"]?.string == "rl" },
      try events(small, "ladder").filter { $0["event"]?.string == "level_change" }
    )
  }

  /// Shaped rewards above the band and successes below it: the level stays. The same run with a
  /// band below its successes: it rises. The log says what decided.
  @Test func bandRisesOnRawSuccessAlone() throws {
    let (lines, none) = try ladder(["up": 0.2, "down": 0])
    #expect(none.isEmpty && lines.count == 12)
    for line in lines {
      #expect(line["curriculum/level"] == 0)
      #expect(try #require(line["curriculum/window_success"]?.double) < 0.15)
    }
    let rewards = lines.compactMap { $0["reward"]?.double }
    #expect(rewards.reduce(0, +) / 12 > 0.2)
    let (raised, events) = try ladder(["up": 0.02, "down": 0])
    #expect(raised.last?["curriculum/level"] == 1)
    #expect(events.count == 1 && events[0]["from"] == 0 && events[0]["to"] == 1)
    #expect(try #require(events[0]["success"]?.double) >= 0.02)
    #expect(try #require(events[0]["count"]?.int) >= 12)
  }

  /// What evaluation says of a policy that was trained on shaped rewards is what an evaluation
  /// says that has never heard of shaping.
  @Test func evaluationIgnoresShaping() throws {
    let small = try SmallRun()
    let result = try small.run("shaped", Self.overrides("uniform"))
    let plain = try small.setup(["environment=letters.json"])
    let model = try LoadedModel(result.checkpoint)
    let evaluation = try plain.evaluator(EvaluationRequest(split: .test))
      .evaluate(try model.architecture.model(model.parameters))
    #expect(result.stages.last?["evaluation"]?["environments"]?["letters"] == evaluation.json)
    let line = try #require(
      RunDirectory.readLog("\(small.runs)/shaped/metrics.jsonl").last)
    #expect(line["reward"] != line["reward/raw/mean"] && line["success"] != nil)
  }

  /// `stop` ends the stage at the first step with a place that stayed empty, with a checkpoint.
  @Test func aGateMayEndItsStage() throws {
    let small = try SmallRun()
    let gate = #"[{"type":"band_pass","lo":0.51,"hi":0.52,"on_exhausted":"stop"}]"#
    let result = try small.run("ended", ["stages.rl.gates=\(gate)"])
    #expect(result.stages.map { $0["steps"]?.int } == [5, 1])
    #expect(result.step == 6 && result.checkpoint.hasSuffix("step-00000006"))
    #expect(try small.run("ended", ["stages.rl.gates=\(gate)"], resume: .auto).step == 6)
  }

  /// Points are steps of the stage in SFT too, where nothing is judged.
  @Test func aScheduleMovesInEveryStage() throws {
    let small = try SmallRun()
    let points = #"[{"step":0,"level":"two"},{"step":3,"level":"three"}]"#
    let schedule = #"{"type":"schedule","points":\#(points)}"#
    try small.run(
      "moved",
      [
        "environment=letters.json", "stages.warm.curriculum=\(schedule)",
        "stages.rl.curriculum=\(schedule)", "stages.warm.stop_when.metric=none",
      ])
    let moves = try events(small, "moved").filter { $0["event"]?.string == "level_change" }
    #expect(moves.map { $0["step"]?.int } == [3, 8])
    let rollouts = try RunDirectory.readLog("\(small.runs)/moved/rollouts/00000001-00000100.jsonl")
    for group in rollouts {
      #expect(group["level"]?.int == (try #require(group["step"]?.int) <= 8 ? 0 : 1))
    }
  }
}
