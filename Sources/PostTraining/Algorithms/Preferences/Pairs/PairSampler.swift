import Configuration
import EnvironmentKit
import LanguageModels
import Objectives
import Randomness
import Tokenizers

/// What sampled pairs have in common.
protocol PairSamplingConfig: ConfigBlock {
  var chosen: ChosenCompletion { get }
  var numGenerations: Int { get }
  var temperature: Double { get }
  var maxCompletionLength: Int { get }
  var curriculum: Variant<CurriculumCatalog> { get }
}

/// Which completion is preferred to a sampled one.
enum ChosenCompletion: String, Codable, Sendable, CaseIterable {
  /// The sample with the highest reward.
  case sampled
  /// The environment's own answer.
  case demonstration
}

extension PairSamplingConfig {
  static var samplingKeys: [KeyDescription] {
    [
      KeyDescription(
        "chosen", "sampled: the best completion; demonstration: the environment's answer"),
      KeyDescription(
        "num_generations", "completions of each problem, of which the worst loses",
        "1..."),
      KeyDescription("temperature", "of sampling, and of every training forward", ">0"),
      KeyDescription("max_completion_length", "tokens of a turn; 0 is the environment's", "0..."),
      KeyDescription("curriculum", "which problems are asked"),
    ]
  }

  func validateSampling() throws(ConfigError) {
    if chosen == .sampled && numGenerations < 2 {
      throw ConfigError(
        path: "num_generations",
        reason: "a pair is two completions of one problem: expected at least 2, or \"chosen\": "
          + "\"demonstration\", found \(numGenerations)")
    }
  }
}

/// Asks problems, and makes a pair of each one's completions.
struct PairSampler: Stateful, Sendable {
  struct State: Codable, Sendable {
    /// Problems asked so far: the next one's index.
    var problems = 0
    var tokens = 0
    var curriculum: JSON
  }

  private let context: TrainingContext
  private let collector: RolloutCollector
  private let chosen: ChosenCompletion
  private var curriculum: any Curriculum
  private var problems = 0
  private(set) var tokens = 0

  init(_ config: some PairSamplingConfig, _ context: TrainingContext) throws {
    var settings = SamplingConfig()
    settings.temperature = config.temperature
    let limit = config.maxCompletionLength
    collector = try RolloutCollector(
      context, settings: settings,
      maximumTokens: limit > 0 ? limit : context.environment.maxNewTokens,
      generations: config.numGenerations)
    curriculum = try context.curriculum(config.curriculum)
    (self.context, chosen) = (context, config.chosen)
  }

  var state: State {
    get { State(problems: problems, tokens: tokens, curriculum: curriculum.storedState) }
    set {
      (problems, tokens) = (newValue.problems, newValue.tokens)
      curriculum.resume(from: newValue.curriculum)
    }
  }

  /// Groups of completions of the next problems.
  mutating func play(_ count: Int, with policy: any LanguageModel) throws -> [RolloutGroup] {
    var choices: [(index: Int, choice: Choice)] = []
    for index in problems..<problems + count {
      var random = context.random.split("problem", index)
      choices.append((index, try curriculum.next(using: &random)))
    }
    problems += count
    let groups = try collector.play(choices, with: policy)
    tokens += groups.reduce(0) { $0 + $1.rollouts.reduce(0) { $0 + $1.length } }
    return groups
  }

  /// Pairs of held-out problems, whose draws no step has.
  func heldOut(atMost limit: Int, with policy: any LanguageModel) throws -> [PreferencePair] {
    let environment = context.environment
    let items = environment.distinctItems(
      levels: Array(environment.levels.indices), split: .eval, atMost: limit)
    let choices = items.enumerated().map { (index: -1 - $0, choice: $1) }
    return try collector.play(choices, with: policy).compactMap { try pair(of: $0) }
  }

  /// Lets the curriculum know how the groups ended.
  mutating func observe(_ groups: [RolloutGroup], step: Int) -> [HookEvent] {
    curriculum.observe(groups.map(\.finished), step: step).map(\.hookEvent)
  }

  /// The group's best completion, or the environment's answer, against its worst; `nil` where none is
  /// worse. Of equal rewards the first sampled counts. Whoever gives rewards decides the order: a
  /// completion without one is in no pair.
  func pair(of group: RolloutGroup) throws -> PreferencePair? {
    let ranked = group.rollouts.compactMap { rollout in
      rollout.reward.map { (rollout: rollout, reward: $0) }
    }
    let rewards = ranked.map(\.reward)
    guard let low = rewards.min(), let high = rewards.max(),
      let worst = ranked.first(where: { $0.reward == low }),
      let best = ranked.first(where: { $0.reward == high })
    else { return nil }
    switch chosen {
    case .sampled:
      guard high > low else { return nil }
      return PreferencePair(
        prompt: group.prompt, chosen: .init(best.rollout), rejected: .init(worst.rollout))
    case .demonstration:
      if worst.rollout.verdict.isSuccess { return nil }
      let row = try SFT.Row(
        prompt: context.environment.prompt(for: group.problem),
        completion: context.environment.demonstration(for: group.problem), context,
        endsSequence: context.environment.stop.isEmpty)
      return PreferencePair(
        prompt: group.prompt, chosen: .init(tokens: row.completion),
        rejected: .init(worst.rollout))
    }
  }

  /// What the groups say, and what was sampled so far.
  func measure(_ groups: [RolloutGroup]) -> Metrics {
    var metrics = groups.completionMetrics
    metrics.record("num_tokens", .mean(sum: Double(tokens), weight: 1))
    for (name, value) in curriculum.metrics() {
      metrics.record(name, .mean(sum: value, weight: 1))
    }
    return metrics
  }
}

extension PreferencePair.Completion {
  fileprivate init(_ rollout: Rollout) {
    self.init(
      tokens: rollout.tokens, isScored: rollout.isSampled, logProbs: rollout.scoredLogProbs)
  }
}
