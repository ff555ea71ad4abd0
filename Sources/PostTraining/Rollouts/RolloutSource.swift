import Configuration
import EnvironmentKit
import LanguageModels
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

  private let context: TrainingContext
  private let prompts: Int
  /// Tokens that a turn may have.
  let maximumTokens: Int
  private let collector: RolloutCollector
  private let greedyCollector: RolloutCollector
  private var curriculum: any Curriculum
  private var gates: Gates
  private var shaping: Shaping
  private var problems = 0
  private var tokens = 0

  init(_ config: some SamplingStageConfig, _ context: TrainingContext) throws {
    (self.context, prompts) = (context, config.promptsPerStep)
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

  /// A step's groups, each with its shaped rewards, and what hooks have to say; `greedily`, each
  /// with its problem's most probable completion too.
  mutating func play(
    step: Int, with policy: any LanguageModel, greedily: Bool = false
  ) throws -> (asked: Asked, metrics: Metrics, events: [HookEvent]) {
    var asked = try fillPlaces(with: policy)
    tokens += asked.seen.reduce(0) { $0 + $1.lengths.reduce(0, +) }
    try asked.groups.checkFinite(step: step)
    if greedily { try playGreedily(&asked.groups, with: policy) }
    let shaped = try shape(&asked.groups, step: step, &shaping)
    let changes = curriculum.observe(asked.seen, step: step).map(\.hookEvent)
    return (asked, measure(shaped.metrics), changes + shaped.events)
  }

  /// Held-out problems, played and shaped as training's are, with nothing of training touched.
  func playHeldOut(atMost limit: Int, with policy: any LanguageModel) throws -> [RolloutGroup] {
    let environment = context.environment
    let items = environment.distinctItems(
      levels: Array(environment.levels.indices), split: .eval, atMost: limit)
    // Indices that training's problems never have: other draws.
    let choices = items.enumerated().map { (index: -1 - $0, choice: $1) }
    var groups = try collector.play(choices, with: policy)
    var copy = shaping
    _ = try shape(&groups, step: 0, &copy)
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
      for (place, var group) in zip(
        vacant, try collector.play(try vacant.map { _ in try ask() }, with: policy))
      {
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

  private mutating func ask() throws -> (index: Int, choice: Choice) {
    let index = problems
    problems += 1
    var random = context.random.split("problem", index)
    return (index, try curriculum.next(using: &random))
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
