import Configuration
import EnvironmentKit
import LanguageModels
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
    init() {}

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
    var sampler: PairSampler.State
  }

  /// Problems whose completions are in memory at once; no figure depends on it.
  private static let atOnce = 64

  let temperature: Double
  private var pairs: [PreferencePair] = []
  private var sampler: PairSampler
  private let config: Config
  private let random: RandomStream

  init(_ config: Config, _ context: TrainingContext) throws {
    (self.config, temperature, random) = (config, config.temperature, context.random)
    sampler = try PairSampler(config, context)
  }

  var state: State {
    get { State(pairs: pairs, sampler: sampler.state) }
    set { (pairs, sampler.state) = (newValue.pairs, newValue.sampler) }
  }

  func heldOut(atMost limit: Int, with policy: any LanguageModel) throws -> [PreferencePair] {
    try sampler.heldOut(atMost: limit, with: policy)
  }

  mutating func next(step: Int, with policy: any LanguageModel) throws -> SourcedPairs {
    var sourced = SourcedPairs()
    if step == 0 {
      sourced.rollouts = try sample(with: policy)
      sourced.events = sampler.observe(sourced.rollouts, step: step)
    }
    sourced.metrics = sampler.measure(sourced.rollouts)
    guard !pairs.isEmpty else {
      sourced.endsStage = true
      sourced.events.append(
        HookEvent(
          "no_pairs", ["prompts": JSON(config.prompts)],
          warning: "none of \(config.prompts) problems gave a pair: all completions of each were "
            + "equally good; try other levels, more num_generations or a higher temperature"))
      return sourced
    }
    let places = step * config.batchSize..<(step + 1) * config.batchSize
    sourced.pairs = epochRows(places, of: pairs.count, random: random).map { pairs[$0] }
    return sourced
  }

  private mutating func sample(with policy: any LanguageModel) throws -> [RolloutGroup] {
    var groups: [RolloutGroup] = []
    while groups.count < config.prompts {
      groups += try sampler.play(min(Self.atOnce, config.prompts - groups.count), with: policy)
    }
    try groups.checkFinite(step: 0)
    pairs = try groups.compactMap { try sampler.pair(of: $0) }
    for index in pairs.indices {
      // The policy moves on: what it recorded is no longer its own.
      (pairs[index].chosen.logProbs, pairs[index].rejected.logProbs) = ([], [])
    }
    return groups
  }
}
