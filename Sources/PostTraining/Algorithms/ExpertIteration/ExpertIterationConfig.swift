import Configuration
import EnvironmentKit
import NeuralNetworks

/// The keys of expert iteration, which is best-of-n distillation under another `selection`.
public struct ExpertIterationConfig: SamplingStageConfig {
  public var maxSteps = 160
  public var promptsPerStep = 256
  public var numGenerations = 8
  public var maxCompletionLength = 0
  public var temperature: Double = 1
  public var selection = Variant<SelectionCatalog>()
  public var keepPerPrompt = 1
  public var batchSize = 64
  public var numIterations = 1
  public var curriculum = Variant<CurriculumCatalog>()
  public var shaping: [Variant<ShaperCatalog>] = []
  public var reward = RewardMix()
  public var stopWhen = StopCondition()
  public var microBatchRows = 512
  public var optimizer = Variant<OptimizerCatalog>.adamW(learningRate: 5e-4, beta2: 0.95)
  public init() {}

  public static let keys = [
    .maxSteps,
    .promptsPerStep,
    KeyDescription(
      "num_generations", "completions of each problem, of which some are kept", "1..."),
    .maxCompletionLength,
    KeyDescription("temperature", "of sampling; what is kept is learned at 1", ">0"),
    KeyDescription("selection", "which completions are learned from"),
    KeyDescription("keep_per_prompt", "the most that are kept of a problem, all distinct", "1..."),
    KeyDescription(
      "batch_size", "rows of an update; a step's rows are cut into even parts, none smaller",
      "1..."),
    KeyDescription(
      "num_iterations", "passes over a step's rows, each in an order of its own", "1..."),
    .curriculum,
    KeyDescription("shaping", "what is added to the raw rewards that rank completions"),
    .reward,
    .stopWhen, .microBatchRows, .optimizer,
  ]
}
