import Configuration
import EnvironmentKit
import LanguageModels
import Objectives

/// Pairs of the policy's own completions, sampled and ranked anew every step (Guo et al., "Direct
/// language model alignment from online AI feedback", 2024, with a verifier in the AI's place).
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
    init() {}

    static let keys =
      [KeyDescription("prompts_per_step", "problems of a step, each at most one pair", "1...")]
      + samplingKeys

    func validate() throws(ConfigError) { try validateSampling() }
  }

  let temperature: Double
  private let chosen: ChosenCompletion
  private let context: TrainingContext
  private var source: RolloutSource

  init(_ config: Config, _ context: TrainingContext) throws {
    (temperature, chosen, self.context) = (config.temperature, config.chosen, context)
    source = try RolloutSource(config, context)
  }

  var state: RolloutSource.State {
    get { source.state }
    set { source.state = newValue }
  }

  func heldOut(atMost limit: Int, with policy: any LanguageModel) throws -> [PreferencePair] {
    try source.playHeldOut(atMost: limit, with: policy).compactMap {
      try context.pair(of: $0, chosen: chosen)
    }
  }

  mutating func next(step: Int, with policy: any LanguageModel) throws -> SourcedPairs {
    let (asked, metrics, events) = try source.play(step: step, with: policy)
    var sourced = SourcedPairs(metrics: asked.metrics, rollouts: asked.groups, events: events)
    sourced.metrics.merge(metrics)
    sourced.pairs = try asked.groups.compactMap { try context.pair(of: $0, chosen: chosen) }
    return sourced
  }
}
