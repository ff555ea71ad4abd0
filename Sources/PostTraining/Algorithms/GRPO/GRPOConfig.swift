import Configuration
import EnvironmentKit
import NeuralNetworks
import Objectives

/// The keys of group-relative policy optimization and its variants.
public struct GRPOConfig: SamplingStageConfig {
  public enum Preset: String, Codable, Sendable, CaseIterable {
    case none, grpo, dapo, gspo, cispo, rloo, remax, maxrl, opo, sapo, gmpo, vespo, luspo
    case drGRPO = "dr_grpo"
    case reinforcePP = "reinforce_pp"
    case reinforcePPBaseline = "reinforce_pp_baseline"
    case passAtK = "pass_at_k"
    case topEntropy = "top_entropy"
  }
  public enum SurrogateChoice: String, Codable, Sendable, CaseIterable {
    case clipped, detached, sapo, gmpo, vespo
  }
  public enum KLPlace: String, Codable, Sendable, CaseIterable {
    case loss, reward
    case tokenReward = "token_reward"
  }

  public var preset = Preset.none
  public var maxSteps = 900
  public var promptsPerStep = 32
  public var numGenerations = 8
  public var updatesPerCollection = 1
  public var numIterations = 1
  public var maxCompletionLength = 0
  public var temperature: Double = 1
  public var surrogate = SurrogateChoice.clipped
  public var epsilon: Double = 0.2
  public var epsilonHigh: Double = 0.2
  public var dualClip: Double = 0
  public var sapoTemperaturePos: Double = 1
  public var sapoTemperatureNeg: Double = 1.05
  public var vespoKPos: Double = 2
  public var vespoLambdaPos: Double = 3
  public var vespoKNeg: Double = 3
  public var vespoLambdaNeg: Double = 2
  public var importanceSamplingLevel = RatioLevel.token
  public var aggregation = AggregationChoice.sequenceMean
  public var topEntropyQuantile: Double = 1
  public var offPolicyMaskThreshold: Double = 0
  public var baseline = AdvantageBaseline.groupMean
  public var bestOf = 0
  public var scaleRewards = AdvantageScale.group
  public var whitenAdvantages = false
  public var gamma: Double = 1
  public var beta: Double = 0
  public var klEstimator = KLEstimator.exact
  public var klIn = KLPlace.loss
  public var entropyCoef: Double = 0
  public var replay = ReplayConfig()
  public var curriculum = Variant<CurriculumCatalog>()
  public var gates: [Variant<GateCatalog>] = []
  public var shaping: [Variant<ShaperCatalog>] = []
  public var reward = RewardMix()
  public var stopWhen = StopCondition()
  public var microBatchRows = 512
  public var optimizer = Variant<OptimizerCatalog>.adamW(
    learningRate: 3e-4, beta1: 0.95, beta2: 0.99)
  public init() {}

  public static let keys = [
    KeyDescription("preset", "coupled values of a published variant"),
    .maxSteps,
    .promptsPerStep,
    KeyDescription(
      "num_generations", "rollouts of each problem, compared with one another", "1..."),
    KeyDescription(
      "updates_per_collection", "minibatches that a step's groups are cut into", "1..."),
    KeyDescription("num_iterations", "passes over a step's groups", "1..."),
    .maxCompletionLength,
    .samplingTemperature,
    KeyDescription(
      "surrogate",
      "clipped: gradients end at the clip; detached: the clipped ratio only weighs; sapo: a smooth "
        + "gate; gmpo: tokens clipped, then their mean; vespo: a smooth weight of the sequence"),
    KeyDescription("epsilon", "lowest ratio is 1 - epsilon; gmpo: lowest log-ratio", "0...1"),
    KeyDescription(
      "epsilon_high",
      "highest ratio is 1 + epsilon_high; detached: epsilon_high itself; gmpo: highest log-ratio",
      "0..."),
    KeyDescription(
      "dual_clip", "bound of the loss of bad tokens, in advantages; 0 is off", "0|1..."),
    KeyDescription("sapo_temperature_pos", "how fast the gate of good tokens closes", ">0"),
    KeyDescription("sapo_temperature_neg", "how fast the gate of bad tokens closes", ">0"),
    KeyDescription("vespo_k_pos", "power of a good sequence's ratio", "0..."),
    KeyDescription("vespo_lambda_pos", "decay of a good sequence's weight", "0..."),
    KeyDescription("vespo_k_neg", "power of a bad sequence's ratio", "0..."),
    KeyDescription("vespo_lambda_neg", "decay of a bad sequence's weight", "0..."),
    KeyDescription("importance_sampling_level", "what a ratio is taken over"),
    KeyDescription("aggregation", "how token losses become one number"),
    KeyDescription(
      "top_entropy_quantile", "share of an update's tokens that learn, by entropy; 1 is all",
      "0...1"),
    KeyDescription(
      "off_policy_mask_threshold",
      "nats a token that a bad sequence may have lost before it is left out; 0 is off", "0..."),
    KeyDescription("baseline", "what a reward is compared with"),
    KeyDescription(
      "best_of", "k of baseline best_of_others, as in pass@k; 0 is num_generations", "0|2..."),
    KeyDescription("scale_rewards", "what the distance from the baseline is divided by"),
    KeyDescription(
      "whiten_advantages", "whether all tokens' advantages of a step get mean 0 and deviation 1"),
    KeyDescription("gamma", "discount of what comes a token later", "0...1"),
    KeyDescription("beta", "weight of the divergence from the reference", "0..."),
    KeyDescription("kl_estimator", "how that divergence is measured"),
    KeyDescription(
      "kl_in", "whether it joins the loss, the completion's reward, or each token's to go"),
    KeyDescription("entropy_coef", "weight of the entropy bonus", "0..."),
    KeyDescription("replay", "learning again from the groups of earlier steps"),
    .curriculum,
    KeyDescription("gates", "which groups are trained on"),
    .shaping,
    .reward,
    .stopWhen, .microBatchRows, .optimizer,
  ]
}
