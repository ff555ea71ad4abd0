import Configuration
import EnvironmentKit
import NeuralNetworks
import Objectives

/// The keys of group-relative policy optimization and its variants.
public struct GRPOConfig: SamplingStageConfig {
  public enum Preset: String, Codable, Sendable, CaseIterable {
    case none, grpo, dapo, gspo, cispo, rloo
    case drGRPO = "dr_grpo"
  }
  public enum Surrogate: String, Codable, Sendable, CaseIterable { case clipped, detached }
  public enum AggregationChoice: String, Codable, Sendable, CaseIterable {
    case tokenMean = "token_mean"
    case sequenceMean = "sequence_mean"
    case constant
    case sequenceSum = "sequence_sum"
  }
  public enum KLEstimator: String, Codable, Sendable, CaseIterable { case exact, k1, k2, k3 }
  public enum KLPlace: String, Codable, Sendable, CaseIterable { case loss, reward }

  public var preset = Preset.none
  public var maxSteps = 900
  public var promptsPerStep = 32
  public var numGenerations = 8
  public var updatesPerCollection = 1
  public var numIterations = 1
  public var maxCompletionLength = 0
  public var temperature: Double = 1
  public var surrogate = Surrogate.clipped
  public var epsilon: Double = 0.2
  public var epsilonHigh: Double = 0.2
  public var dualClip: Double = 0
  public var importanceSamplingLevel = RatioLevel.token
  public var aggregation = AggregationChoice.sequenceMean
  public var scaleRewards = AdvantageScale.group
  public var beta: Double = 0
  public var klEstimator = KLEstimator.exact
  public var klIn = KLPlace.loss
  public var entropyCoef: Double = 0
  public var curriculum = Variant<CurriculumCatalog>()
  public var gates: [Variant<GateCatalog>] = []
  public var shaping: [Variant<ShaperCatalog>] = []
  public var stopWhen = StopCondition()
  public var microBatchRows = 512
  public var optimizer = Variant<OptimizerCatalog>("adamw", Self.standardOptimizer)
  public init() {}

  private static var standardOptimizer: AdamWConfig {
    var config = AdamWConfig()
    config.learningRate = 3e-4
    config.beta1 = 0.95
    config.beta2 = 0.99
    return config
  }

  public static let keys = [
    KeyDescription("preset", "coupled values of a published variant"),
    .maxSteps,
    KeyDescription("prompts_per_step", "problems of a step", "1..."),
    KeyDescription(
      "num_generations", "rollouts of each problem, compared with one another", "2..."),
    KeyDescription(
      "updates_per_collection", "minibatches that a step's groups are cut into", "1..."),
    KeyDescription("num_iterations", "passes over a step's groups", "1..."),
    KeyDescription("max_completion_length", "tokens of a turn; 0 is the environment's", "0..."),
    KeyDescription("temperature", "of sampling, and of every training forward", ">0"),
    KeyDescription(
      "surrogate", "clipped: gradients end at the clip; detached: the clipped ratio only weighs"),
    KeyDescription("epsilon", "lowest ratio is 1 - epsilon", "0...1"),
    KeyDescription(
      "epsilon_high", "highest ratio is 1 + epsilon_high; detached: epsilon_high itself", "0..."),
    KeyDescription(
      "dual_clip", "bound of the loss of bad tokens, in advantages; 0 is off", "0|1..."),
    KeyDescription("importance_sampling_level", "what a ratio is taken over"),
    KeyDescription("aggregation", "how token losses become one number"),
    KeyDescription("scale_rewards", "what the centred reward is divided by"),
    KeyDescription("beta", "weight of the divergence from the reference", "0..."),
    KeyDescription("kl_estimator", "how that divergence is measured"),
    KeyDescription("kl_in", "whether it joins the loss or the reward"),
    KeyDescription("entropy_coef", "weight of the entropy bonus", "0..."),
    KeyDescription("curriculum", "which problems are asked"),
    KeyDescription("gates", "which groups are trained on"),
    KeyDescription("shaping", "what is added to raw rewards"),
    .stopWhen, .microBatchRows, .optimizer,
  ]

  public func validate() throws(ConfigError) {
    try validateSurrogate()
    try validateDivergence()
    if promptsPerStep % updatesPerCollection != 0 {
      throw ConfigError(
        path: "updates_per_collection",
        reason: "expected a divisor of prompts_per_step \(promptsPerStep), "
          + "found \(updatesPerCollection)")
    }
  }

  private func validateSurrogate() throws(ConfigError) {
    guard surrogate == .detached else { return }
    if epsilonHigh < 1 {
      throw ConfigError(
        path: "epsilon_high",
        reason: "is the highest ratio itself with \"surrogate\": \"detached\", and below 1 it "
          + "would shrink every gradient: expected at least 1, found \(epsilonHigh)")
    }
    if dualClip > 0 {
      throw ConfigError(
        path: "dual_clip",
        reason: "not read with \"surrogate\": \"detached\": expected 0, found \(dualClip)")
    }
  }

  private func validateDivergence() throws(ConfigError) {
    if klIn == .loss && klEstimator == .k1 && beta > 0 {
      throw ConfigError(
        path: "kl_estimator",
        reason: "k1 in the loss has an expected gradient of 0 and regularizes nothing: "
          + "expected exact, k2 or k3, or \"kl_in\": \"reward\"")
    }
    if beta == 0 && (klEstimator != .exact || klIn != .loss) {
      throw ConfigError(
        path: klIn != .loss ? "kl_in" : "kl_estimator",
        reason: "not read while \"beta\" is 0: expected a beta above 0, or kl_estimator exact "
          + "and kl_in loss")
    }
    if klIn == .reward && klEstimator != .k1 {
      throw ConfigError(
        path: "kl_estimator",
        reason: "expected k1 with \"kl_in\": \"reward\", found \(klEstimator.rawValue)")
    }
  }

  var needsReference: Bool { beta > 0 }
}

extension GRPOConfig.AggregationChoice {
  /// The law; `length` is the constant divisor, which the others do not read.
  func law(length: Int) -> Aggregation {
    switch self {
    case .tokenMean: .tokenMean
    case .sequenceMean: .sequenceMean
    case .constant: .constant(length: length)
    case .sequenceSum: .sequenceSum
    }
  }
}
