import Configuration
import EnvironmentKit
import LanguageModels

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
    init() {}

    static let keys =
      [KeyDescription("prompts_per_step", "problems of a step, each at most one pair", "1...")]
      + samplingKeys

    func validate() throws(ConfigError) { try validateSampling() }
  }

  let temperature: Double
  private var sampler: PairSampler
  private let prompts: Int

  init(_ config: Config, _ context: TrainingContext) throws {
    (temperature, prompts) = (config.temperature, config.promptsPerStep)
    sampler = try PairSampler(config, context)
  }

  var state: PairSampler.State {
    get { sampler.state }
    set { sampler.state = newValue }
  }

  func heldOut(atMost limit: Int, with policy: any LanguageModel) throws -> [PreferencePair] {
    try sampler.heldOut(atMost: limit, with: policy)
  }

  mutating func next(step: Int, with policy: any LanguageModel) throws -> SourcedPairs {
    let groups = try sampler.play(prompts, with: policy)
    try groups.checkFinite(step: step)
    return SourcedPairs(
      pairs: try groups.compactMap { try sampler.pair(of: $0) }, metrics: sampler.measure(groups),
      rollouts: groups, events: sampler.observe(groups, step: step))
  }
}
