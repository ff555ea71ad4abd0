import Configuration
import NeuralNetworks

/// The keys of reward modelling.
public struct RewardConfig: StageConfig {
  public var maxSteps = 300
  public var pairs = Variant<PairSourceCatalog>(StartPairs.name)
  public var centerRewardsCoefficient: Double = 0
  public var heldOutPairs = 512
  public var microBatchRows = 512
  public var optimizer = Variant<OptimizerCatalog>.adamW(learningRate: 3e-4, beta2: 0.99)
  public init() {}

  public static let keys = [
    .maxSteps,
    KeyDescription("pairs", "where the pairs come from, by whom the policy's are ranked"),
    KeyDescription(
      "center_rewards_coefficient", "weight of (r⁺ + r⁻)², which keeps rewards around 0", "0..."),
    KeyDescription(
      "held_out_pairs", "pairs of held-out problems to be tried on; 0 is none", "0..."),
    .microBatchRows, .optimizer,
  ]

  public var stopWhen: StopCondition { StopCondition() }
  public var optimizers: [Role: any OptimizerConfig] { [.reward: optimizer.config] }
  public var dataFile: String? { (pairs.block as? FilePairs.Config)?.data }

  public func validate() throws(ConfigError) {
    guard let ranking = pairs.ranking, ranking.needsModel else { return }
    throw ConfigError(
      path: "pairs.reward.model",
      reason: "the stage trains the reward model, which cannot rank what it learns from: expected "
        + "0, found \(ranking.model)")
  }
}
