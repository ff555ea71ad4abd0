import Configuration
import EnvironmentKit
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
    var reward = RewardMix()
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
  private var sampling: PairSampling
  private let config: Config
  private let random: RandomStream

  init(_ config: Config, _ context: TrainingContext) throws {
    (self.config, temperature, random) = (config, config.temperature, context.random)
    sampling = try PairSampling(config, context)
  }

  func heldOut(atMost limit: Int, with models: BoundModels) throws -> [PreferencePair] {
    try sampling.heldOut(atMost: limit, with: models)
  }

  mutating func next(step: Int, with models: BoundModels) throws -> SourcedPairs {
    var sourced = step == 0 ? try sample(with: models) : SourcedPairs()
    guard !state.pairs.isEmpty else {
      sourced.endsStage = true
      sourced.events.append(
        HookEvent(
          "no_pairs", ["prompts": JSON(config.prompts)],
          warning: "none of \(config.prompts) problems gave a pair: " + cause(sourced.rollouts)))
      return sourced
    }
    if step > 0 { sourced.metrics.record("num_tokens", .mean(sum: state.tokens, weight: 1)) }
    let places = step * config.batchSize..<(step + 1) * config.batchSize
    sourced.pairs = epochRows(places, of: state.pairs.count, random: random).map {
      state.pairs[$0]
    }
    return sourced
  }

  private func cause(_ groups: [RolloutGroup]) -> String {
    let isJudged = groups.contains { $0.rollouts.contains { $0.reward != nil } }
    return isJudged
      ? "all completions of each were equally good; try other levels, more num_generations or a "
        + "higher temperature"
      : "no completion could be judged, so that there is no reward at all; read the reasons of the "
        + "verdicts in the rollouts"
  }

  private mutating func sample(with models: BoundModels) throws -> SourcedPairs {
    let sourced = try sampling.play(step: 0, with: models)
    (state.pairs, state.tokens) = (sourced.pairs, sourced.metrics["num_tokens"] ?? 0)
    for index in state.pairs.indices {
      // The policy moves on: what it recorded is no longer its own.
      (state.pairs[index].chosen.logProbs, state.pairs[index].rejected.logProbs) = ([], [])
    }
    return sourced
  }
}
