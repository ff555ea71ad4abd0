import Configuration
import EnvironmentKit
import Environments
import LanguageModels
import NeuralNetworks
import Platform
import Randomness
import TensorCore
import TestSupport
import Testing

@testable import PostTraining

/// Runs that train low-rank adapters alone.
@Suite struct LoRARunTests {
  private static let lora = #"lora={"rank":2,"alpha":4}"#
  /// The second stage alone, which begins with a fresh adapter.
  private static let fresh = [lora, "~stages.warm"]

  private func adapter(_ result: RunResult, of role: Role = .policy) throws -> [UInt8] {
    try LocalFileSystem().read(
      "\(result.checkpoint)/models/\(role.rawValue)/adapter/adapter_model.safetensors")
  }

  /// Both stages: the second one's reference is the first one's policy.
  @Test func resumingAnywhereGivesTheSameBits() throws {
    let small = try SmallRun()
    let whole = try small.run("whole", [Self.lora])
    let metrics = try small.metrics("whole")
    #expect(metrics.count == 12)
    for k in [1, 5, 6, 7, 8, 11] {
      #expect(throws: InterruptedError.self) {
        try small.run("cut\(k)", [Self.lora], stopAfter: k)
      }
      let rest = try small.run("cut\(k)", [Self.lora], resume: .auto)
      #expect(try adapter(rest) == adapter(whole))
      #expect(try small.weights(rest) == small.weights(whole))
      #expect(try small.metrics("cut\(k)") == metrics)
      #expect(try small.rollouts("cut\(k)") == small.rollouts("whole"))
    }
  }

  /// The reference is the policy with its adapter off, before and after a stop.
  @Test func resumingWithAFreshAdapterGivesTheSameBits() throws {
    let small = try SmallRun()
    let whole = try small.run("whole", Self.fresh)
    #expect(throws: InterruptedError.self) { try small.run("cut", Self.fresh, stopAfter: 4) }
    let rest = try small.run("cut", Self.fresh, resume: .auto)
    #expect(try adapter(rest) == adapter(whole))
    #expect(try small.metrics("cut") == small.metrics("whole"))
  }

  @Test func threadsAndMicroBatchesChangeNothing() throws {
    let small = try SmallRun()
    let one = try adapter(try onThreads(1) { try small.run("one", [Self.lora]) })
    let two = try adapter(try onThreads(2) { try small.run("two", [Self.lora, "threads=2"]) })
    #expect(two == one)
    let micro = ["stages.warm.micro_batch_rows=1", "stages.rl.micro_batch_rows=1"]
    #expect(try adapter(try small.run("micro", [Self.lora] + micro)) == one)
  }

  /// The base stands, only adapters have moments, and sampling has the bits of training.
  @Test func onlyTheAdapterMoves() throws {
    let small = try SmallRun()
    let setup = try small.setup([Self.lora])
    let result = try small.run(setup, "frozen")
    let base = setup.initialParameters().withoutAdapters
    #expect(try small.weights(result) == base.safetensorsBytes)
    #expect(try small.setup().initialParameters().isIdentical(to: base))
    let moments = try Parameters(
      safetensors: LocalFileSystem().read("\(result.checkpoint)/optimizer/policy.safetensors"))
    let names = setup.initialParameters().adapters.names
    #expect(moments.names.count == 2 * names.count + 1)  // and the powers of AdamW's decays
    #expect(names.allSatisfy { moments["m.\($0)"] != nil && moments["v.\($0)"] != nil })
    let trained = try AdapterDirectory.parameters(try adapter(result), name: "")
    #expect(names.allSatisfy { trained[$0]?.sumOfSquares ?? 0 > 0 })
    let lines = try RunDirectory.readLog("\(small.runs)/frozen/metrics.jsonl")
    let differences = lines.compactMap { $0["sampling/logp_difference_max"]?.double }
    #expect(differences == Array(repeating: 0, count: 7))
  }

  /// Of a fresh adapter's policy: no weights of its own, no divergence, nothing saved.
  @Test func theReferenceIsThePolicyWithItsAdapterOff() throws {
    let small = try SmallRun()
    let models = try small.setup(Self.fresh).models()
    #expect(models.weights.roles == [.policy])
    #expect(try models.bound().has(.reference))
    #expect(models.architectures[.reference]?.adapter == nil)
    let result = try small.run("off", Self.fresh)
    let lines = try RunDirectory.readLog("\(small.runs)/off/metrics.jsonl")
    let divergences = lines.compactMap { $0["kl"]?.double }
    #expect(divergences.first == 0 && divergences.last ?? 0 > 0)
    #expect(!LocalFileSystem().exists("\(result.checkpoint)/models/reference"))
    // It is the base, with which a reference that is loaded from it agrees in every bit.
    let base = "\(result.checkpoint)/models/policy"
    let copy = "\(small.bench.folder)/base"
    try copyBase(base, to: copy)
    let named = try small.run(
      "named", Self.fresh + ["models.reference={\"checkpoint\":\"\(copy)\"}"])
    #expect(try adapter(named) == adapter(result))
  }

  /// A stage that goes on with an adapter keeps a frozen copy of it, and of it alone.
  @Test func aSecondStagesReferenceIsAnAdapterOnTheSameBase() throws {
    let small = try SmallRun()
    let setup = try small.setup([Self.lora])
    var models = Models()
    var policy = setup.initialParameters()
    for name in policy.names where name.hasSuffix("lora_B.weight") {
      policy[name] = policy[name].map { .filled($0.shape, with: 0.25) }
    }
    models.weights[.policy] = policy
    try setup.roles.provide(&models, forStage: 1, resumed: false, from: setup.random)
    let own = try #require(models.weights[.reference])
    #expect(own.isIdentical(to: policy.adapters))
    let packed = PackedTokens(rows: [[3, 4, 5, 6]])
    let before = try models.bound()[.reference].hiddenStates(of: packed)
    #expect(before.isIdentical(to: try models.bound()[.policy].hiddenStates(of: packed)))
    models.weights[.policy] = policy.moved(towards: policy.adapters, by: 1)
    #expect(before.isIdentical(to: try models.bound()[.reference].hiddenStates(of: packed)))
    #expect(!before.isIdentical(to: try models.bound()[.policy].hiddenStates(of: packed)))
    let result = try small.run(setup, "second")
    let saved = "\(result.checkpoint)/models/reference"
    #expect(try LocalFileSystem().list(saved) == ["adapter"])
    #expect(try adapter(result, of: .reference) != adapter(result))
    #expect(try LoadedModel("\(saved)/adapter").architecture.adapter != nil)
  }

  /// A run, its adapter's folder, and the plain model that is merged from it.
  @Test func aCheckpointIsLoadedWithItsAdapter() throws {
    let small = try SmallRun()
    let result = try small.run("kept", [Self.lora])
    let run = try LoadedModel(result.directory)
    let adapter = try LoadedModel("\(result.checkpoint)/models/policy/adapter")
    #expect(run.architecture.adapter?.rank == 2)
    #expect(adapter.parameters.isIdentical(to: run.parameters))
    #expect(!run.parameters.areAdaptersZero)
    let path = "\(small.bench.folder)/merged/here"
    try run.writeMerged(to: path)
    let merged = try LoadedModel(path)
    #expect(merged.architecture.adapter == nil)
    let packed = PackedTokens(rows: [[3, 4, 5, 6]])
    let plain = try merged.architecture.model(merged.parameters).hiddenStates(of: packed).values
    let adapted = try run.architecture.model(run.parameters).hiddenStates(of: packed).values
    #expect(zip(plain, adapted).allSatisfy { abs($0 - $1) <= 1e-5 })
    #expect(throws: FileError.self) { try run.writeMerged(to: path) }
    #expect(try LocalFileSystem().list("\(small.bench.folder)/merged") == ["here"])
  }

  /// An adapter goes on only where the configuration says which it is.
  @Test func aCheckpointsAdapterMustBeTheConfigurations() throws {
    let small = try SmallRun()
    let result = try small.run("made", [Self.lora])
    let model = "model={\"checkpoint\":\"\(result.checkpoint)\"}"
    let same = try small.setup([model, Self.lora])
    let made = try LoadedModel(result.checkpoint)
    #expect(same.initialParameters().isIdentical(to: made.parameters))
    #expect(try refusal([model]).contains("the checkpoint has an adapter"))
    let other = try refusal([model, #"lora={"rank":3,"alpha":4}"#])
    #expect(other.contains("expected rank 2, alpha 4.0 on down_proj, "), "\(other)")
    #expect(other.contains("found rank 3, "), "\(other)")
  }

  @Test func aTargetMustBeALinearLayer() throws {
    let unknown = try refusal([#"lora={"target_modules":["q_proj","qproj"]}"#])
    #expect(unknown.contains("lora.target_modules: \"qproj\" is no linear layer"), "\(unknown)")
    #expect(unknown.contains("expected some of down_proj, gate_proj, k_proj, o_proj, "))
    let head = try refusal([#"lora={"target_modules":["lm_head"]}"#])
    #expect(head.contains("\"lm_head\" is an output head, which has no adapter"), "\(head)")
    #expect(try refusal([#"lora={"target_modules":[]}"#]).contains("expected names"))
    #expect(try refusal([#"lora={"rank":0}"#]).contains("lora.rank"))
    #expect(try refusal(["lora=all"]).contains("lora"))
  }

  private func refusal(_ overrides: [String]) throws -> String {
    let small = try SmallRun()
    let errors = #expect(throws: ConfigErrors.self) { try small.setup(overrides) }
    return errors.map { "\($0)" } ?? ""
  }

  /// Rank 4 on every linear layer, 4.88 %: in each of four blocks `4 · (4 (128 + 128) + 3 (128 +
  /// 352))`. The rest is what the model of 15 tokens has: `2 · 15 · 128 + 128`, and the blocks.
  @Test func theShippedConfigurationTrainsATwentieth() throws {
    let path = "\(Workbench.root)/Configs/lora-grpo.json"
    let resolved = try resolveRun(JSON(contentsOfFile: path))
    let setup = try RunSetup(
      resolved, configFile: path, folders: ConfigFolders(workingDirectory: Workbench.root),
      families: BuiltinFamilies.all)
    let plan = RunPlan(setup, departures: [])
    #expect((plan.parameters, plan.trainable) == (807_808, 4 * 4 * (4 * 256 + 3 * 480)))
    #expect(plan.json["trainable"]?.int == 39_424)
  }

  private func copyBase(_ path: String, to target: String) throws {
    let files = LocalFileSystem()
    try files.createDirectory(target)
    for name in try files.list(path) where name != "adapter" {
      try files.write(try files.read("\(path)/\(name)"), to: "\(target)/\(name)")
    }
  }
}
