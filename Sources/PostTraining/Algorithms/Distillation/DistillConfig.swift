import Configuration
import EnvironmentKit
import NeuralNetworks
import Objectives
import TensorCore

/// The keys of distillation.
public struct DistillConfig: SamplingStageConfig {
  public var maxSteps = 300
  public var promptsPerStep = 64
  public var numGenerations = 2
  public var updatesPerCollection = 1
  public var numIterations = 1
  public var maxCompletionLength = 0
  public var temperature: Double = 1
  public var teacherTemperature: Double = 0
  public var temperatureSquared = false
  public var divergence = Variant<TeacherDivergenceCatalog>()
  public var aggregation = AggregationChoice.tokenMean
  public var lambda: Double = 1
  public var data = Self.teacher
  public var rewardWeight: Double = 0
  public var scaleRewards = AdvantageScale.none
  public var curriculum = Variant<CurriculumCatalog>()
  public var stopWhen = StopCondition()
  public var microBatchRows = 512
  public var optimizer = Variant<OptimizerCatalog>.adamW(learningRate: 5e-4, beta2: 0.99)
  public init() {}

  public static let keys = [
    .maxSteps,
    KeyDescription("prompts_per_step", "problems or rows of a step", "1..."),
    KeyDescription("num_generations", "completions that are sampled of each problem", "1..."),
    KeyDescription(
      "updates_per_collection", "minibatches that a step's prompts are cut into", "1..."),
    KeyDescription("num_iterations", "passes over a step's completions", "1..."),
    .maxCompletionLength,
    KeyDescription("temperature", "of the student: its samples, and it in the loss", ">0"),
    KeyDescription(
      "teacher_temperature", "of the teacher: its samples, and it in the loss; 0 is the student's",
      "0..."),
    KeyDescription(
      "temperature_squared", "multiplies the divergence by temperature², against small gradients"),
    KeyDescription("divergence", "what pulls the student to the teacher"),
    KeyDescription("aggregation", "how token losses become one number"),
    KeyDescription("lambda", "share of the steps whose completions the student samples", "0...1"),
    KeyDescription(
      "data",
      "completions of the other steps: the teacher's samples (teacher), the environment's own "
        + "(demonstrations), or a JSON Lines file of prompt and completion"),
    KeyDescription("reward_weight", "of the task's reward, beside the divergence", "0..."),
    KeyDescription("scale_rewards", "what the centred reward is divided by"),
    .curriculum,
    .stopWhen, .microBatchRows, .optimizer,
  ]

  static let teacher = "teacher"
  static let demonstrations = "demonstrations"

  public var dataFile: String? {
    [Self.teacher, Self.demonstrations].contains(data) ? nil : data
  }

  /// The task's reward is the environment's own.
  public var shaping: [Variant<ShaperCatalog>] { [] }

  /// Whether some steps sample completions: the student's, or the teacher's.
  private var samples: Bool { lambda > 0 || data == Self.teacher }

  public func validate() throws(ConfigError) {
    try validateSources()
    try validateReward()
    if temperatureSquared && temperature == 1 {
      throw ConfigError(
        path: "temperature_squared", reason: "does nothing at temperature 1: expected false")
    }
    try validate(updatesPerCollection: updatesPerCollection)
  }

  private func validateSources() throws(ConfigError) {
    if lambda == 1 && data != Self.teacher {
      throw ConfigError(
        path: "data", reason: "not read with \"lambda\" 1: the student samples every step")
    }
    if lambda < 1 && divergence.block is SampledReverseKL {
      throw ConfigError(
        path: "lambda",
        reason: "the sampled divergence holds for the student's own samples alone: expected 1, "
          + "found \(lambda)")
    }
    let standard = DistillConfig()
    if !samples && numGenerations != standard.numGenerations {
      throw ConfigError(
        path: "num_generations", reason: "not read with \"lambda\" 0: nothing is sampled")
    }
    if !samples && maxCompletionLength != standard.maxCompletionLength
      && aggregation != .constant
    {
      throw ConfigError(
        path: "max_completion_length", reason: "not read with \"lambda\" 0: nothing is sampled")
    }
    if lambda == 0 && dataFile != nil && curriculum.type != CurriculumCatalog.standard {
      throw ConfigError(
        path: "curriculum", reason: "not read with \"lambda\" 0: rows of a file have no levels")
    }
  }

  private func validateReward() throws(ConfigError) {
    if rewardWeight == 0 && scaleRewards != .none {
      throw ConfigError(
        path: "scale_rewards", reason: "not read while \"reward_weight\" is 0: expected none")
    }
    if rewardWeight > 0 && lambda == 0 {
      throw ConfigError(
        path: "reward_weight",
        reason: "not read with \"lambda\" 0: only the student's own samples are rewarded")
    }
    if rewardWeight > 0 && numGenerations < 2 {
      throw ConfigError(
        path: "num_generations",
        reason: "a reward is compared with those of the same problem: expected at least 2 with a "
          + "reward_weight, found \(numGenerations)")
    }
  }

  /// The divergence as the fused head is asked for it.
  var vocabularyDivergence: VocabularyDivergence {
    let divergence = divergence.divergence
    return VocabularyDivergence(
      divergence.kind, topK: divergence.topK,
      otherTemperature: Float(temperatureOfTeacher), reportedTokens: reportedTokens)
  }

  var temperatureOfTeacher: Double { teacherTemperature == 0 ? temperature : teacherTemperature }

  /// How many of the teacher's most probable tokens masses and overlap are reported over.
  private var reportedTokens: Int {
    let topK = divergence.divergence.topK
    return topK == 0 ? Self.reportedTokens : topK
  }
  static let reportedTokens = 5

  /// What a divergence is multiplied by.
  var coefficient: Double { temperatureSquared ? temperature * temperature : 1 }
}
