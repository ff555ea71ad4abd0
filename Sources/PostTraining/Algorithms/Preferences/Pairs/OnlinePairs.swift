import Configuration
import EnvironmentKit
import Objectives

/// Pairs of the policy's own completions, sampled and ranked anew every step (Guo et al., "Direct
/// language model alignment from online AI feedback", 2024, with a verifier, a reward model or both
/// in the AI's place).
struct OnlinePairs: PairSource {
  static let name = "online"

  struct Config: PairSamplingConfig {
    var promptsPerStep = 32
    var chosen = ChosenCompletion.sampled
    var numGenerations = 8
    var temperature: Double = 1
    var maxCompletionLength = 0
    var curriculum = Variant<CurriculumCatalog>()
    var shaping: [Variant<ShaperCatalog>] = []
    var reward = RewardMix()
    init() {}

    static let keys =
      [KeyDescription("prompts_per_step", "problems of a step, each at most one pair", "1...")]
      + samplingKeys

    func validate() throws(ConfigError) { try validateSampling() }
  }

  let temperature: Double
  private var sampling: PairSampling

  init(_ config: Config, _ context: TrainingContext) throws {
    temperature = config.temperature
    sampling = try PairSampling(config, context)
  }

  var state: RolloutSource.State {
    get { sampling.source.state }
    set { sampling.source.state = newValue }
  }

  func heldOut(atMost limit: Int, with models: BoundModels) throws -> [PreferencePair] {
    try sampling.heldOut(atMost: limit, with: models)
  }

  mutating func next(step: Int, with models: BoundModels) throws -> SourcedPairs {
    try sampling.play(step: step, with: models)
  }
}
