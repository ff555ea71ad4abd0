import Configuration
import EnvironmentKit
import Environments
import LanguageModels
import NeuralNetworks
import Objectives
import Testing
import Tokenizers

@testable import PostTraining

/// The table of presets, and the configurations that ship for them.
@Suite struct PresetTests {
  static let names = GRPOConfig.presets.keys.sorted()
  private static let folder = Workbench.root + "/Configs/presets"

  private func stage(_ name: String, _ keys: JSON = [:]) throws -> GRPOConfig {
    try read(GRPOConfig.self, from: JSON(members: [("preset", JSON(name))]).merging(keys))
  }

  /// One preset's coupled values, as published.
  private struct Coupled: Equatable {
    var aggregation: AggregationChoice
    var level: RatioLevel
    var epsilon, epsilonHigh: Double
    var scale = AdvantageScale.none
    var baseline = AdvantageBaseline.groupMean
    var isWhitened = false
    var surrogate = GRPOConfig.SurrogateChoice.clipped
    var beta = 0.0
    var klIn = GRPOConfig.KLPlace.loss
    var topEntropy = 1.0
  }

  @Test func presetsAreThePublishedVariants() throws {
    let published: [String: Coupled] = [
      "grpo": Coupled(
        aggregation: .sequenceMean, level: .token, epsilon: 0.2, epsilonHigh: 0.2, scale: .group),
      "dr_grpo": Coupled(
        aggregation: .constant, level: .token, epsilon: 0.2, epsilonHigh: 0.2),
      "dapo": Coupled(
        aggregation: .tokenMean, level: .token, epsilon: 0.2, epsilonHigh: 0.28, scale: .group),
      "gspo": Coupled(
        aggregation: .sequenceMean, level: .sequence, epsilon: 3e-4, epsilonHigh: 4e-4,
        scale: .group),
      "cispo": Coupled(
        aggregation: .tokenMean, level: .token, epsilon: 1, epsilonHigh: 5, scale: .group,
        surrogate: .detached),
      "rloo": Coupled(
        aggregation: .sequenceMean, level: .sequenceProduct, epsilon: 0.2, epsilonHigh: 0.2,
        baseline: .leaveOneOut, beta: 0.05, klIn: .reward),
      "reinforce_pp": Coupled(
        aggregation: .tokenMean, level: .token, epsilon: 0.2, epsilonHigh: 0.2, baseline: .none,
        isWhitened: true, beta: 0.01, klIn: .tokenReward),
      "reinforce_pp_baseline": Coupled(
        aggregation: .tokenMean, level: .token, epsilon: 0.2, epsilonHigh: 0.2, isWhitened: true),
      "remax": Coupled(
        aggregation: .sequenceSum, level: .token, epsilon: 0.2, epsilonHigh: 0.2,
        baseline: .greedy),
      "maxrl": Coupled(
        aggregation: .tokenMean, level: .token, epsilon: 0.2, epsilonHigh: 0.2, scale: .mean),
      "opo": Coupled(
        aggregation: .sequenceSum, level: .token, epsilon: 0.2, epsilonHigh: 0.2,
        baseline: .lengthWeighted),
      "pass_at_k": Coupled(
        aggregation: .sequenceSum, level: .token, epsilon: 0.2, epsilonHigh: 0.2,
        baseline: .bestOfOthers),
      "sapo": Coupled(
        aggregation: .sequenceMean, level: .token, epsilon: 0.2, epsilonHigh: 0.2, scale: .group,
        surrogate: .sapo),
      "gmpo": Coupled(
        aggregation: .sequenceMean, level: .sequence, epsilon: 0.4, epsilonHigh: 0.4,
        scale: .group, surrogate: .gmpo),
      "vespo": Coupled(
        aggregation: .tokenMean, level: .sequenceProduct, epsilon: 0.2, epsilonHigh: 0.2,
        scale: .group, surrogate: .vespo),
      "luspo": Coupled(
        aggregation: .sequenceSum, level: .sequence, epsilon: 3e-4, epsilonHigh: 4e-4,
        scale: .group),
      "top_entropy": Coupled(
        aggregation: .tokenMean, level: .token, epsilon: 0.2, epsilonHigh: 0.28, scale: .group,
        topEntropy: 0.2),
    ]
    for name in Self.names {
      let config = try stage(name)
      let coupled = Coupled(
        aggregation: config.aggregation, level: config.importanceSamplingLevel,
        epsilon: config.epsilon, epsilonHigh: config.epsilonHigh, scale: config.scaleRewards,
        baseline: config.baseline, isWhitened: config.whitenAdvantages,
        surrogate: config.surrogate, beta: config.beta, klIn: config.klIn,
        topEntropy: config.topEntropyQuantile)
      #expect(coupled == published[name], "\(name)")
      #expect(config.klEstimator == (config.klIn == .loss ? .exact : .k1))
      #expect(config.gates.map(\.type) == (name == "dapo" ? ["zero_variance"] : []))
      #expect(config.shaping.map(\.type) == (name == "dapo" ? ["overlong"] : []))
    }
    #expect(Set(GRPOConfig.Preset.allCases.map(\.rawValue)) == Set(Self.names + ["none"]))
  }

  /// A constant divisor that a stage leaves open is the environment's.
  @Test(arguments: [(0, 5), (7, 7)])
  func theConstantIsTheLongestCompletion(_ key: Int, _ length: Int) throws {
    let setup = try Workbench().setup(
      Workbench.config([
        "type": "grpo", "preset": "dr_grpo", "max_completion_length": JSON(key),
      ]))
    let config = try #require(setup.config.stages.values[0].stage as? GRPOConfig)
    let method = try GRPO(config, setup.context(ofStage: "stage"))
    #expect(method.aggregation == .constant(length: length))
  }

  /// Every preset ships a configuration that keeps its values, goes on from the same start, and
  /// where the clip is the point makes several updates a collection, without which it never acts.
  @Test(arguments: names.filter { $0 != "grpo" })
  func eachPresetShips(_ name: String) throws {
    let path = "\(Self.folder)/\(name.replacing("_", with: "-")).json"
    let resolved = try resolveRun(JSON(contentsOfFile: path))
    #expect(resolved.departures.isEmpty)
    let config = try #require(resolved.block.stages.values.last?.stage as? GRPOConfig)
    #expect(config.preset.rawValue == name)
    let model = try #require(resolved.block.model.block as? CheckpointModel)
    #expect(model.checkpoint == "presets/start")
    if ["gspo", "cispo", "dapo", "sapo", "gmpo", "vespo", "luspo"].contains(name) {
      #expect(config.updatesPerCollection * config.numIterations >= 4)
    }
  }

  /// The start is what its own configuration makes.
  @Test func theStartIsOfItsConfiguration() throws {
    let path = "\(Self.folder)/start.json"
    let setup = try RunSetup(
      try resolveRun(JSON(contentsOfFile: path)), configFile: path,
      folders: ConfigFolders(workingDirectory: Workbench.root), families: BuiltinFamilies.all)
    let start = try LoadedModel("\(Self.folder)/start")
    #expect(start.tokenizer.file.text() == setup.tokenizer.file.text())
    #expect(start.parameters.names == setup.initialParameters().names)
    #expect(start.parameters.count == setup.initialParameters().count)
  }
}
