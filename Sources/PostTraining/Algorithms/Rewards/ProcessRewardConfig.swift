import Configuration
import EnvironmentKit
import NeuralNetworks

/// The keys of process reward modelling.
public struct ProcessRewardConfig: SamplingStageConfig {
  public var maxSteps = 300
  public var promptsPerStep = 64
  public var numGenerations = 2
  public var maxCompletionLength = 0
  public var temperature: Double = 1
  public var curriculum = Variant<CurriculumCatalog>()
  public var microBatchRows = 512
  public var optimizer = Variant<OptimizerCatalog>.adamW(learningRate: 3e-4, beta2: 0.99)
  public init() {}

  public static let keys = [
    .maxSteps,
    .promptsPerStep,
    KeyDescription(
      "num_generations", "completions of each problem, whose steps are judged", "1..."),
    .maxCompletionLength,
    KeyDescription("temperature", "of sampling", ">0"),
    .curriculum,
    .microBatchRows, .optimizer,
  ]

  public var shaping: [Variant<ShaperCatalog>] { [] }
  public var stopWhen: StopCondition { StopCondition() }
  public var optimizers: [Role: any OptimizerConfig] { [.reward: optimizer.config] }
}
