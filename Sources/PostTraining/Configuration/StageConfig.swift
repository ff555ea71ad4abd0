import Configuration
import EnvironmentKit
import NeuralNetworks

/// The keys that every stage has, beside its algorithm's own.
public protocol StageConfig: ConfigBlock {
  /// The stage's own steps, resumed or not.
  var maxSteps: Int { get }
  var stopWhen: StopCondition { get }
  var optimizer: Variant<OptimizerCatalog> { get }
  /// Whose weights the stage moves, and how: the policy's by `optimizer`, unless it says otherwise.
  var optimizers: [Role: any OptimizerConfig] { get }
  /// Rows of a micro-batch, at which it is closed; a memory knob that changes no result.
  var microBatchRows: Int { get }
  /// The file of rows that the stage learns from, whose content is part of the run's identity.
  var dataFile: String? { get }
}

extension StageConfig {
  public var optimizers: [Role: any OptimizerConfig] { [.policy: optimizer.config] }
  public var dataFile: String? { nil }
}

/// What is asked and how it is played, by a stage or by a part of one.
public protocol RolloutConfig: ConfigBlock {
  var promptsPerStep: Int { get }
  var numGenerations: Int { get }
  /// Tokens of a turn; 0 is the environment's limit.
  var maxCompletionLength: Int { get }
  var temperature: Double { get }
  var curriculum: Variant<CurriculumCatalog> { get }
  var gates: [Variant<GateCatalog>] { get }
  var shaping: [Variant<ShaperCatalog>] { get }
  /// What the shaped rewards and a reward model's scores come to.
  var reward: RewardMix { get }
}

extension RolloutConfig {
  public var gates: [Variant<GateCatalog>] { [] }
  public var reward: RewardMix { RewardMix() }

  /// A step's problems are cut into minibatches of one size.
  func validate(updatesPerCollection: Int) throws(ConfigError) {
    guard promptsPerStep % updatesPerCollection != 0 else { return }
    throw ConfigError(
      path: "updates_per_collection",
      reason: "expected a divisor of prompts_per_step \(promptsPerStep), "
        + "found \(updatesPerCollection)")
  }
}

/// A stage that asks problems and samples completions.
public protocol SamplingStageConfig: StageConfig, RolloutConfig {}

/// When a stage ends before its last step: greedy success on fixed problems reaches a bound.
///
/// The test split cannot be named: no rule may look at it.
public struct StopCondition: ConfigBlock, Equatable {
  public var metric = "none"
  public var atLeast: Double = 1
  public var every = 10
  public var episodes = 256
  public init() {}

  public static let keys = [
    KeyDescription(
      "metric", "greedy success on this split's fixed problems", "none|train/success|eval/success"),
    KeyDescription("at_least", "the stage ends when the metric reaches it", "0...1"),
    KeyDescription("every", "steps between measurements", "1..."),
    KeyDescription("episodes", "how many problems are measured", "1..."),
  ]

  public var isOn: Bool { metric != "none" }
}

extension KeyDescription {
  static let maxSteps = KeyDescription("max_steps", "optimizer steps of the stage", "1...")
  static let stopWhen = KeyDescription("stop_when", "a condition that ends the stage early")
  static let optimizer = KeyDescription("optimizer", "how the weights move")
  static let promptsPerStep = KeyDescription("prompts_per_step", "problems of a step", "1...")
  static let maxCompletionLength = KeyDescription(
    "max_completion_length", "tokens of a turn; 0 is the environment's", "0...")
  static let samplingTemperature = KeyDescription(
    "temperature", "of sampling, and of every training forward", ">0")
  static let curriculum = KeyDescription("curriculum", "which problems are asked")
  static let shaping = KeyDescription("shaping", "what is added to raw rewards")
  static let reward = KeyDescription(
    "reward", "what a completion is worth: to the verifier, a reward model, or both")
  static let microBatchRows = KeyDescription(
    "micro_batch_rows", "token rows at which a micro-batch is closed", "1...")
}
