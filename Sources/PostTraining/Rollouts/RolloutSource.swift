import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness

/// Asks problems, plays them, gates and shapes what came of them: what every stage that samples
/// does before it learns.
public struct RolloutSource: Stateful, Sendable {
  public struct State: Codable, Sendable, Equatable {
    /// Problems asked so far: the next one's index.
    var problems = 0
    var tokens = 0
    var curriculum: JSON
    var gates: Gates.State
    var shaping: Shaping.State
  }

  /// Completions whose caches are held together; no figure depends on it.
  private static let atOnce = 1024
  private let context: TrainingContext
  private let prompts: Int
  /// Tokens that a turn may have.
  let maximumTokens: Int
  private let collector: RolloutCollector
  private let greedyCollector: RolloutCollector
  private var curriculum: any Curriculum
  private var gates: Gates
  private var shaping: Shaping
  private let reward: RewardMix
  private var problems = 0
  private var tokens = 0

  init(_ config: some RolloutConfig, _ context: TrainingContext) throws {
    (self.context, prompts, reward) = (context, config.promptsPerStep, config.reward)
    maximumTokens =
      config.maxCompletionLength > 0
      ? config.maxCompletionLength : context.environment.maxNewTokens
    var sampling = SamplingConfig()
    sampling.temperature = config.temperature
    collector = try RolloutCollector(
      context, settings: sampling, maximumTokens: maximumTokens,
      generations: config.numGenerations)
    greedyCollector = try RolloutCollector(
      context, settings: .greedy, maximumTokens: maximumTokens, generations: 1)
    curriculum = try context.curriculum(config.curriculum)
    gates = try Gates(config.gates)
    shaping = try Shaping(
      config.shaping,
      ShapingContext(environment: context.environment, maximumTokens: maximumTokens))
  }

  public var state: State {
    get {
      State(
        problems: problems, tokens: tokens, curriculum: curriculum.storedState,
        gates: gates.state, shaping: shaping.state)
    }
    set {
      (problems, tokens) = (newValue.problems, newValue.tokens)
      curriculum.resume(from: newValue.curriculum)
      (gates.state, shaping.state) = (newValue.gates, newValue.shaping)
    }
  }

  /// A step's groups, each with its rewards, shaped and mixed, and what hooks have to say;
  /// `greedily`, each with its problem's most probable completion too.
  mutating func play(
    step: Int, with models: BoundModels, greedily: Bool = false
  ) throws -> (asked: Asked, metrics: Metrics, events: [HookEvent]) {
    let policy = models[.policy]
    var asked = try fillPlaces(with: policy)
    tokens += asked.seen.reduce(0) { $0 + $1.lengths.reduce(0, +) }
    try checkFinite(asked.groups, step: step)
    if greedily { try playGreedily(&asked.groups, with: policy) }
    let shaped = try shape(&asked.groups, step: step, &shaping)
    let changes = curriculum.observe(asked.seen, step: step).map(\.hookEvent)
    var metrics = measure(shaped.metrics)
    metrics.merge(try reward.apply(to: &asked.groups, step: step, models))
    return (asked, metrics, changes + shaped.events)
  }

  /// Held-out problems, played and rewarded as training's are after `step` steps, with nothing of
  /// training touched.
  func playHeldOut(
    atMost limit: Int, step: Int = 0, with models: BoundModels
  ) throws -> [RolloutGroup] {
    let environment = context.environment
    let items = environment.distinctItems(
      levels: Array(environment.levels.indices), split: .eval, atMost: limit)
    // Indices that training's problems never have: other draws.
    let choices = items.enumerated().map { (index: -1 - $0, choice: $1) }
    var groups = try collector.play(choices, with: models[.policy])
    var copy = shaping
    _ = try shape(&groups, step: 0, &copy)
    _ = try reward.apply(to: &groups, step: step, models)
    return groups
  }

  /// Asks until each place of the batch has a group that a gate kept or refused for good; what
  /// was kept stays, however often the others are asked again.
  private mutating func fillPlaces(with policy: any LanguageModel) throws -> Asked {
    var asked = Asked()
    var places: [RolloutGroup?] = Array(repeating: nil, count: prompts)
    var attempts = Array(repeating: 0, count: prompts)
    while places.contains(where: { $0 == nil }) {
      let vacant = places.indices.filter { places[$0] == nil }
      for (place, var group) in zip(vacant, try play(vacant.count, with: policy)) {
        asked.seen.append(group.finished)
        switch gates.decide(on: group.finished, attempt: attempts[place]) {
        case .keep: places[place] = group
        case .refuse(let shortage):
          asked.shortage = max(asked.shortage, shortage)
          group.isSkipped = true
          places[place] = group
        case .resample: attempts[place] += 1
        }
      }
    }
    asked.groups = places.compactMap { $0 }
    return asked
  }

  private mutating func playGreedily(
    _ groups: inout [RolloutGroup], with policy: any LanguageModel
  ) throws {
    let choices = groups.map { group in
      (index: group.index, choice: Choice(level: group.level, problem: group.problem))
    }
    for (place, group) in try greedyCollector.play(choices, with: policy).enumerated() {
      groups[place].greedy = group.rollouts[0]
      tokens += group.rollouts[0].length
    }
  }

  /// The groups of the next problems, as many at once as memory is meant to hold.
  private mutating func play(
    _ count: Int, with policy: any LanguageModel
  ) throws -> [RolloutGroup] {
    var groups: [RolloutGroup] = []
    while groups.count < count {
      let most = max(1, Self.atOnce / collector.generations)
      let choices = try (0..<min(most, count - groups.count)).map { _ in try ask() }
      groups += try collector.play(choices, with: policy)
    }
    return groups
  }

  /// What the curriculum is told of a step whose completions are not played here.
  mutating func passOver(step: Int) -> [HookEvent] {
    curriculum.observe([], step: step).map(\.hookEvent)
  }

  /// The next problem.
  mutating func ask() throws -> (index: Int, choice: Choice) {
    let index = problems
    problems += 1
    var random = context.random.split("problem", index)
    return (index, try curriculum.next(using: &random))
  }

  /// A policy whose probabilities are no numbers has diverged, whatever it happened to say.
  private func checkFinite(_ groups: [RolloutGroup], step: Int) throws {
    let broken = groups.first { $0.rollouts.contains { $0.logProbs.contains { !$0.isFinite } } }
    guard let broken else { return }
    throw DivergedError(
      step: step + 1, what: "a sampled log-probability", batch: broken.json(step: step))
  }

  private func shape(
    _ groups: inout [RolloutGroup], step: Int, _ shaping: inout Shaping
  ) throws -> Shaping.Outcome {
    let shaped = shaping.shape(groups.map { $0.shaped(in: context) }, step: step)
    for (place, rewards) in shaped.rewards.enumerated() {
      for (sample, reward) in rewards.enumerated() {
        guard reward?.isFinite ?? true else {
          throw DivergedError(step: step + 1, what: "a reward")
        }
        groups[place].rollouts[sample].reward = reward
      }
    }
    return shaped
  }

  private func measure(_ shaping: [String: Double]) -> Metrics {
    var metrics = Metrics()
    metrics.record("num_tokens", .mean(sum: Double(tokens), weight: 1))
    for figures in [shaping, curriculum.metrics(), gates.metrics()] {
      for (name, value) in figures { metrics.record(name, .mean(sum: value, weight: 1)) }
    }
    return metrics
  }
}

extension RolloutGroup {
  /// The group as shapers see it.
  func shaped(in context: TrainingContext) -> ShapedGroup {
    ShapedGroup(finished, problem: problem) { index in
      let rollout = rollouts[index]
      return ShapedGroup.Completion(
        tokens: zip(rollout.tokens, rollout.isSampled).compactMap { $1 ? $0 : nil },
        text: context.text(of: rollout.tokens[...], rollout.finish))
    }
  }
}
