import Configuration
import EnvironmentKit
import NeuralNetworks
import Objectives

/// The keys of proximal policy optimization.
public struct PPOConfig: SamplingStageConfig {
  public enum KLPlace: String, Codable, Sendable, CaseIterable { case loss, reward }

  public var maxSteps = 400
  public var promptsPerStep = 64
  public var numGenerations = 4
  public var updatesPerCollection = 4
  public var numIterations = 1
  public var maxCompletionLength = 0
  public var temperature: Double = 1
  public var gamma: Double = 1
  public var lam: Double = 0.95
  public var whitenAdvantages = true
  public var whitenRewards = false
  public var epsilon: Double = 0.2
  public var epsilonHigh: Double = 0.2
  public var cliprangeValue: Double = 0.2
  public var value = Variant<ValueFunctionCatalog>()
  public var reward = RewardMix()
  public var missingEosPenalty: Double = 0
  public var beta: Double = 0
  public var klEstimator = KLEstimator.exact
  public var klIn = KLPlace.loss
  public var klTarget: Double = 0
  public var klHorizon: Double = 10_000
  public var entropyCoef: Double = 0
  public var curriculum = Variant<CurriculumCatalog>()
  public var shaping: [Variant<ShaperCatalog>] = []
  public var stopWhen = StopCondition()
  public var microBatchRows = 512
  public var optimizer = Variant<OptimizerCatalog>.adamW(
    learningRate: 3e-4, beta1: 0.95, beta2: 0.99)
  public init() {}

  public static let keys = [
    .maxSteps,
    .promptsPerStep,
    KeyDescription("num_generations", "rollouts of each problem", "1..."),
    KeyDescription(
      "updates_per_collection", "minibatches that a step's problems are cut into", "1..."),
    KeyDescription("num_iterations", "passes over a step's rollouts", "1..."),
    .maxCompletionLength,
    .samplingTemperature,
    KeyDescription("gamma", "discount of later rewards", "0...1"),
    KeyDescription(
      "lam", "of generalized advantages: 0 trusts the value function, 1 the rewards", "0...1"),
    KeyDescription("whiten_advantages", "to mean 0 and deviation 1 over a step's tokens"),
    KeyDescription("whiten_rewards", "to deviation 1 over a step's tokens, their mean kept"),
    KeyDescription("epsilon", "lowest ratio is 1 - epsilon", "0...1"),
    KeyDescription("epsilon_high", "highest ratio is 1 + epsilon_high", "0..."),
    KeyDescription(
      "cliprange_value", "how far a step's updates may move a value; 0 is no bound", "0..."),
    KeyDescription("value", "where the value function lives"),
    .reward,
    KeyDescription(
      "missing_eos_penalty", "off the reward of a completion that did not stop", "0..."),
    KeyDescription("beta", "weight of the divergence from the reference", "0..."),
    KeyDescription("kl_estimator", "how that divergence is measured"),
    KeyDescription("kl_in", "whether it joins the loss or each token's reward"),
    KeyDescription(
      "kl_target", "nats a completion that beta is moved to keep; 0 keeps beta", "0..."),
    KeyDescription("kl_horizon", "rollouts over which beta may change by a fifth", ">0"),
    KeyDescription("entropy_coef", "weight of the entropy bonus", "0..."),
    .curriculum,
    .shaping,
    .stopWhen, .microBatchRows, .optimizer,
  ]

  public var separateValue: SeparateValueFunction? { value.block as? SeparateValueFunction }
  public var sharedValue: SharedValueFunction? { value.block as? SharedValueFunction }

  public var optimizers: [Role: any OptimizerConfig] {
    var optimizers: [Role: any OptimizerConfig] = [.policy: optimizer.config]
    optimizers[.value] = separateValue?.optimizer.config
    return optimizers
  }

  public func validate() throws(ConfigError) {
    try validate(updatesPerCollection: updatesPerCollection)
    try validateDivergence()
  }

  private func validateDivergence() throws(ConfigError) {
    if beta == 0 && (klEstimator != .exact || klIn != .loss || klTarget > 0) {
      throw ConfigError(
        path: klTarget > 0 ? "kl_target" : klIn != .loss ? "kl_in" : "kl_estimator",
        reason: "not read while \"beta\" is 0: expected a beta above 0")
    }
    let fitting: [KLEstimator] = klIn == .loss ? [.exact, .k2, .k3] : [.k1]
    if beta > 0 && !fitting.contains(klEstimator) {
      let why =
        switch klEstimator {
        case .k1: ", for k1 in the loss has an expected gradient of 0"
        case .k3: ", for k3 in the reward pulls away from KL(ref ‖ π) too, and hardly at all"
        case .exact, .k2: ""
        }
      throw ConfigError(
        path: "kl_estimator",
        reason: "expected \(fitting.map(\.rawValue).joined(separator: " or ")) with \"kl_in\": "
          + "\"\(klIn.rawValue)\", found \(klEstimator.rawValue)\(why)")
    }
    if klTarget > 0 && klIn == .loss {
      throw ConfigError(
        path: "kl_target", reason: "adapts the beta of \"kl_in\": \"reward\": expected 0")
    }
    if klTarget == 0 && klHorizon != PPOConfig().klHorizon {
      throw ConfigError(path: "kl_horizon", reason: "not read while \"kl_target\" is 0")
    }
  }
}
