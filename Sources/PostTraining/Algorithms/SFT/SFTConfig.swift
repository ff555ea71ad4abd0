import Configuration
import EnvironmentKit
import NeuralNetworks

/// The keys of supervised fine-tuning.
public struct SFTConfig: StageConfig {
  public var maxSteps = 600
  public var batchSize = 128
  public var data = Self.demonstrations
  public var curriculum = Variant<CurriculumCatalog>()
  public var stopWhen = StopCondition()
  public var microBatchRows = 512
  public var optimizer = Variant<OptimizerCatalog>.adamW(beta2: 0.95)
  public init() {}

  public static let keys = [
    .maxSteps,
    KeyDescription("batch_size", "rows of a step", "1..."),
    KeyDescription(
      "data", "the environment's own demonstrations, or a JSON Lines file of prompt and completion"),
    KeyDescription("curriculum", "which problems are demonstrated"),
    .stopWhen, .microBatchRows, .optimizer,
  ]

  public var dataFile: String? { data == Self.demonstrations ? nil : data }

  public func validate() throws(ConfigError) {
    if dataFile != nil && curriculum.type != CurriculumCatalog.standard {
      throw ConfigError(
        path: "curriculum", reason: "not read with \"data\": rows of a file have no levels")
    }
  }

  static let demonstrations = "demonstrations"
}
