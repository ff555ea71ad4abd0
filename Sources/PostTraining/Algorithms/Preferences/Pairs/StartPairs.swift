import Configuration
import EnvironmentKit
import LanguageModels
import Objectives
import Randomness

/// Pairs of the stage's first policy, sampled once before training and visited in epochs: offline
/// preference optimization on the start's own completions.
struct StartPairs: PairSource {
  static let name = "start"

  struct Config: PairSamplingConfig {
    var prompts = 1024
    var batchSize = 64
    var chosen = ChosenCompletion.sampled
    var numGenerations = 8
    var temperature: Double = 1
    var maxCompletionLength = 0
    var curriculum = Variant<CurriculumCatalog>()
    var shaping: [Variant<ShaperCatalog>] = []
    init() {}

    /// All of them in the one step that samples.
    var promptsPerStep: Int { prompts }

    static let keys =
      [
        KeyDescription("prompts", "problems asked before training, each at most one pair", "1..."),
        KeyDescription("batch_size", "pairs of a step", "1..."),
      ] + samplingKeys

    func validate() throws(ConfigError) { try validateSampling() }
  }

  /// A checkpoint holds the pairs: the policy that said them is gone.
  struct State: Codable, Sendable {
    var pairs: [PreferencePair] = []
    var tokens = 0.0
  }

  var state = State()
  let temperature: Double
  private var source: RolloutSource
  private let config: Config
  private let context: TrainingContext

  init(_ config: Config, _ context: TrainingContext) throws {
    (self.config, temperature, self.context) = (config, config.temperature, context)
    source = try RolloutSource(config, context)
  }

  func heldOut(atMost limit: Int, with policy: any LanguageModel) throws -> [PreferencePair] {
    try source.playHeldOut(atMost: limit, with: policy).compactMap {
      try context.pair(of: $0, chosen: config.chosen)
    }
  }

  mutating func next(step: Int, with policy: any LanguageModel) throws -> SourcedPairs {
    var sourced = step == 0 ? try sample(with: policy) : SourcedPairs()
    guard !state.pairs.isEmpty else {
      sourced.endsStage = true
      sourced.events.append(
        HookEvent(
          "no_pairs", ["prompts": JSON(config.prompts)],
          warning: "none of \(config.prompts) problems gave a pair: all completions of each were "
            + "equally good; try other levels, more num_generations or a higher temperature"))
      return sourced
    }
    if step > 0 { sourced.metrics.record("num_tokens", .mean(sum: state.tokens, weight: 1)) }
    let places = step * config.batchSize..<(step + 1) * config.batchSize
    sourced.pairs = epochRows(places, of: state.pairs.count, random: context.random).map {
      state.pairs[$0]
    }
    return sourced
  }

  private mutating func sample(with policy: any LanguageModel) throws -> SourcedPairs {
    let (asked, metrics, events) = try source.play(step: 0, with: policy)
    var sourced = SourcedPairs(metrics: asked.metrics, rollouts: asked.groups, events: events)
    sourced.metrics.merge(metrics)
    state.tokens = metrics["num_tokens"] ?? 0
    state.pairs = try asked.groups.compactMap { try context.pair(of: $0, chosen: config.chosen) }
    for index in state.pairs.indices {
      // The policy moves on: what it recorded is no longer its own.
      (state.pairs[index].chosen.logProbs, state.pairs[index].rejected.logProbs) = ([], [])
    }
    return sourced
  }
}
