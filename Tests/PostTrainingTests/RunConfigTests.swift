import Configuration
import EnvironmentKit
import Environments
import Foundation
import LanguageModels
import NeuralNetworks
import TestSupport
import Testing
import Tokenizers

@testable import PostTraining

@Suite struct RunConfigTests {
  private static let configs: [String] = {
    let files = FileManager.default
    return ["", "chain/", "presets/", "reverse/"].flatMap { folder in
      let names = try? files.contentsOfDirectory(atPath: "\(Workbench.root)/Configs/\(folder)")
      return (names ?? []).filter { $0.hasSuffix(".json") }.sorted().map { folder + $0 }
    }
  }()

  /// What the error says of a configuration that must be refused.
  private func refusal(_ text: String) throws -> [String] {
    do {
      _ = try Workbench().setup(try JSON(parsing: text, file: "run.json"))
    } catch let errors as ConfigErrors {
      return errors.errors.map(\.description)
    }
    return []
  }

  private func stages(_ text: String, top: String = "") throws -> String {
    "{\"model\": \(Workbench.model.text()), \"environment\": \"letters.json\",\(top)\n"
      + "\"stages\": \(text)}"
  }

  @Test func thereAreConfigurations() { #expect(Self.configs.contains("grpo-arith.json")) }

  /// Each shipped file builds everything up to the first step, and its resolved form is a fixpoint.
  @Test(arguments: configs) func shippedConfigurationsResolve(_ name: String) throws {
    let path = "\(Workbench.root)/Configs/\(name)"
    let once = try resolveRun(JSON(contentsOfFile: path)).json().text(pretty: true)
    let twice = try resolveRun(JSON(parsing: once)).json().text(pretty: true)
    #expect(twice == once)
    _ = try RunSetup(
      try resolveRun(JSON(contentsOfFile: path)), configFile: path,
      folders: ConfigFolders(workingDirectory: Workbench.root), families: BuiltinFamilies.all)
  }

  @Test func everyBlockDescribesItsKeys() {
    let catalogs = [
      AlgorithmCatalog.entries, CurriculumCatalog.entries, GateCatalog.entries,
      ShaperCatalog.entries, PreferenceLossCatalog.entries, PairScoreCatalog.entries,
      PairSourceCatalog.entries.filter { $0.name != FilePairs.name },
      FDivergenceCatalog.entries, OptimizerCatalog.entries,
      ScheduleCatalog.entries, TokenizerCatalog.entries, ModelCatalog.entries,
      TeacherDivergenceCatalog.entries,
    ]
    let parts: [any ConfigBlock.Type] = [
      RolloutLogging.self, RoleModels.self, EvaluationConfig.self, CheckpointConfig.self,
      StopCondition.self, RopeScaling.self, LoRAConfig.self,
    ]
    for block in catalogs.joined().map(\.block) + parts {
      #expect(configProblems(in: block) == [], "\(block)")
    }
    // Neither has defaults that are valid: a file must be named.
    #expect(
      (try? JSON(encoding: FilePairs.Config()))?.members?.map(\.key)
        == FilePairs.Config.keys.map(\.key))
    #expect((try? JSON(encoding: RunConfig()))?.members?.map(\.key) == RunConfig.keys.map(\.key))
  }

  /// A block at the top holds for each stage that reads it and has none of its own.
  @Test func stagesInheritFromTheTop() throws {
    let config = try resolveRun(
      JSON(
        parsing: stages(
          #"{"a": {"type": "sft"}, "b": {"type": "grpo", "max_steps": 4}, "c": {}}"#,
          top: #""max_steps": 7, "beta": 0.5,"#
            + #""optimizer": {"type": "adamw", "learning_rate": 0.25},"#))
    ).block
    let stages = config.stages.values.map(\.stage)
    #expect(stages.map(\.maxSteps) == [7, 4, 7])
    #expect(stages.map { $0.optimizer.config.learningRate } == [0.25, 0.25, 0.25])
    #expect(stages.map { ($0 as? GRPOConfig)?.beta } == [nil, 0.5, 0.5])
    #expect(config.stages.values.map(\.type) == ["sft", "grpo", "grpo"])
  }

  /// One stage may stand at the top: the same run as with the stage written out.
  @Test func aSingleStageIsTheShortForm() throws {
    let model = Workbench.model
    let short: JSON = [
      "seed": 4, "model": model, "environment": "letters.json", "type": "sft", "batch_size": 3,
    ]
    let long: JSON = [
      "seed": 4, "model": model, "environment": "letters.json",
      "stages": ["sft": ["type": "sft", "batch_size": 3]],
    ]
    #expect(try resolveRun(short).json().text() == resolveRun(long).json().text())
  }

  @Test func presetsSetCoupledValuesAndShowDepartures() throws {
    let resolved = try resolveRun(
      JSON(parsing: stages(#"{"g": {"type": "grpo", "preset": "grpo", "epsilon": 0.5}}"#)))
    let grpo = try #require(resolved.block.stages["g"]?.stage as? GRPOConfig)
    #expect((grpo.epsilon, grpo.epsilonHigh) == (0.5, 0.2))
    #expect(
      resolved.departures.map(\.description) == [
        "stages.g.epsilon: preset grpo has 0.2, here 0.5"
      ])
  }

  /// A departure that leaves another of the preset's keys unread says what to write for it.
  @Test func aDepartureThatUnreadsAnotherKeyIsRefused() throws {
    let errors = try refusal(stages(#"{"g": {"type": "grpo", "preset": "rloo", "beta": 0}}"#))
    #expect(
      errors == [
        "preset rloo: stages.g.kl_in: not read while \"beta\" is 0: expected a beta above 0, or "
          + "kl_estimator exact and kl_in loss"
      ])
    let without = #"{"preset": "rloo", "beta": 0, "kl_in": "loss", "kl_estimator": "exact"}"#
    #expect(try refusal(stages("{\"g\": \(without)}")) == [])
  }

  @Test(arguments: [
    ("{\"g\": {\"type\": \"grpo\"}}", "\"optimzer\": 1,", ["optimzer", "\"optimizer\"?"]),
    ("{\"g\": {\"type\": \"sft\"}}", "\"beta\": 1,", ["beta", "no stage reads it; grpo"]),
    ("{\"g\": {\"type\": \"grpo\", \"preset\": \"grppo\"}}", "", ["stages.g.preset", "\"grpo\"?"]),
    ("{\"g\": {\"type\": \"grpo\", \"bet\": 1}}", "", ["stages.g.bet", "\"beta\"?"]),
    ("{\"g\": {\"type\": \"grop\"}}", "", ["stages.g.type", "\"grpo\"?"]),
    ("{\"g\": {\"type\": \"grpo\", \"beta\": -1}}", "", ["stages.g.beta", "-1"]),
    ("{\"g\": {\"type\": \"grpo\", \"beta\": \"x\"}}", "", ["stages.g.beta", "number"]),
    (
      "{\"g\": {\"type\": \"grpo\", \"beta\": 1, \"kl_estimator\": \"k1\"}}", "",
      ["stages.g.kl_estimator", "expected gradient of 0"]
    ),
    (
      "{\"g\": {\"type\": \"grpo\", \"beta\": 1, \"kl_in\": \"reward\"}}", "",
      ["stages.g.kl_estimator", "expected k1"]
    ),
    (
      #"{"g": {"type": "grpo", "num_generations": 1}}"#, "",
      ["stages.g.num_generations", "nothing to be compared with"]
    ),
    (
      #"{"g": {"type": "grpo", "best_of": 2}}"#, "",
      ["stages.g.best_of", "group_mean", "expected 0, found 2"]
    ),
    (
      #"{"g": {"type": "grpo", "preset": "pass_at_k", "best_of": 9}}"#, "",
      ["stages.g.best_of", "at most num_generations 8, found 9"]
    ),
    (
      #"{"g": {"type": "grpo", "baseline": "greedy", "scale_rewards": "mean"}}"#, "",
      ["stages.g.scale_rewards", "expected \"baseline\": \"group_mean\""]
    ),
    (
      #"{"g": {"type": "grpo", "preset": "remax", "shaping": [{"type": "overlong"}]}}"#, "",
      ["stages.g.shaping", "judged and not shaped"]
    ),
    (
      #"{"g": {"type": "grpo", "surrogate": "gmpo"}}"#, "",
      ["stages.g.importance_sampling_level", "expected sequence", "found token"]
    ),
    (
      #"{"g": {"type": "grpo", "preset": "sapo", "epsilon": 0.1}}"#, "",
      ["stages.g.epsilon", "not read with \"surrogate\": \"sapo\": expected 0.2, found 0.1"]
    ),
    (
      #"{"g": {"type": "grpo", "vespo_k_pos": 1}}"#, "",
      ["stages.g.vespo_k_pos", "not read with", "expected 2.0, found 1.0"]
    ),
    (
      #"{"g": {"type": "grpo", "replay": {"capacity": 9}}}"#, "",
      ["stages.g.replay.capacity", "not read while \"groups\" is 0"]
    ),
    (
      #"{"g": {"type": "grpo", "replay": {"groups": 9, "capacity": 8}}}"#, "",
      ["stages.g.replay.capacity", "at least groups 9, found 8"]
    ),
    (
      "{\"g\": {\"type\": \"grpo\", \"surrogate\": \"detached\"}}", "",
      ["stages.g.epsilon_high", "at least 1, found 0.2"]
    ),
    (
      "{\"g\": {\"type\": \"grpo\", \"preset\": \"cispo\", \"dual_clip\": 3}}", "",
      ["stages.g.dual_clip", "expected 0.0, found 3.0"]
    ),
    (
      "{\"g\": {\"type\": \"grpo\", \"updates_per_collection\": 5}}", "",
      ["stages.g.updates_per_collection", "divisor"]
    ),
    (
      "{\"g\": {\"type\": \"grpo\", \"curriculum\": {\"type\": \"band\", "
        + "\"start_level\": \"tow\"}}}", "",
      ["stages.g.curriculum.start_level", "\"two\"?"]
    ),
    (
      "{\"g\": {\"type\": \"sft\", \"curriculum\": {\"type\": \"hard\", \"levels\": [\"tow\"]}}}",
      "", ["stages.g.curriculum.levels", "\"two\"?"]
    ),
    ("{\"g\": {\"type\": \"sft\", \"data\": \"no.jsonl\"}}", "", ["stages.g.data", "no.jsonl"]),
  ])
  func aRefusalNamesPlaceAndNearestKey(_ stage: String, _ top: String, _ words: [String]) throws {
    let errors = try refusal(stages(stage, top: top))
    let error = try #require(errors.first)
    #expect(errors.count == 1, "\(errors)")
    #expect(error.hasPrefix(top.isEmpty ? "run.json:2:" : "run.json:1:"), "\(error)")
    for word in words { #expect(error.contains(word), "\(error)") }
  }

  /// A filter would sample another distribution than is trained.
  @Test(arguments: ["top_p", "top_k", "min_p", "repetition_penalty"])
  func filtersBelongToEvaluation(_ key: String) throws {
    let inStage = try refusal(stages(#"{"g": {"type": "grpo", "\#(key)": 1}}"#))
    let atTop = try refusal(stages(#"{"g": {"type": "grpo"}}"#, top: "\"\(key)\": 1,"))
    for (errors, path) in [(inStage, "stages.g.\(key)"), (atTop, key)] {
      #expect(errors.count == 1 && errors[0].contains(": \(path): belongs to \"evaluation\""))
    }
    let own = try stages(#"{"g": {"type": "grpo"}}"#, top: #""evaluation": {"\#(key)": 1},"#)
    #expect(try refusal(own) == [])
  }

  @Test(arguments: [
    (
      #"{"g": {"type": "grpo"}}"#, #""models": {"reference": {"type": "moving"}},"#,
      "models.reference.type"
    ),
    (
      #"{"g": {"type": "grpo", "shaping": [{"type": "potential"}]}}"#, "",
      "stages.g.shaping[0].type"
    ),
  ])
  func laterFeaturesAreRefusedByName(_ stage: String, _ top: String, _ path: String) throws {
    let errors = try refusal(stages(stage, top: top))
    #expect(errors.count == 1)
    #expect(errors.first?.contains(": \(path): ") == true, "\(errors)")
    #expect(errors.first?.hasSuffix("not in this version") == true, "\(errors)")
  }

  @Test func anUnreadReferenceIsAnError() throws {
    let small = try SmallRun()
    let made = try small.run("made", ["stages.warm.max_steps=1", "stages.rl.max_steps=1"])
    let reference = "models.reference={\"checkpoint\":\"\(made.checkpoint)\"}"
    _ = try small.setup([reference])
    #expect(throws: ConfigErrors.self) { try small.setup([reference, "stages.rl.beta=0"]) }
  }
}
