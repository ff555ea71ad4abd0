import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Tokenizers

/// The keys that sampled pairs have in common.
protocol PairSamplingConfig: RolloutConfig {
  var chosen: ChosenCompletion { get }
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
        "num_generations", "completions of each problem, of which the worst loses", "1..."),
      .samplingTemperature,
      .maxCompletionLength,
      .curriculum,
      KeyDescription("shaping", "what is added to raw rewards before they rank"),
      KeyDescription("reward", "what ranks completions: the verifier, a reward model, or both"),
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

/// Plays groups and ranks each one's completions: what every source of sampled pairs does.
struct PairSampling: Sendable {
  var source: RolloutSource
  private let chosen: ChosenCompletion
  private let context: TrainingContext

  init(_ config: some PairSamplingConfig, _ context: TrainingContext) throws {
    (chosen, self.context) = (config.chosen, context)
    source = try RolloutSource(config, context)
  }

  mutating func play(step: Int, with models: BoundModels) throws -> SourcedPairs {
    var (asked, metrics, events) = try source.play(step: step, with: models)
    metrics.merge(asked.metrics)
    return SourcedPairs(
      pairs: try pairs(of: asked.groups), metrics: metrics, rollouts: asked.groups, events: events)
  }

  func heldOut(atMost limit: Int, with models: BoundModels) throws -> [PreferencePair] {
    try pairs(of: source.playHeldOut(atMost: limit, with: models))
  }

  private func pairs(of groups: [RolloutGroup]) throws -> [PreferencePair] {
    try groups.compactMap { try context.pair(of: $0, chosen: chosen) }
  }
}

extension TrainingContext {
  /// The group's best completion, or the environment's answer, against its worst; `nil` where none is
  /// worse. Of equal rewards the first sampled counts.
  ///
  /// Whoever gives rewards decides the order; a completion without one is in no pair.
  func pair(of group: RolloutGroup, chosen: ChosenCompletion) throws -> PreferencePair? {
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
      let row = try demonstration(of: Choice(level: group.level, problem: group.problem))
      return PreferencePair(
        prompt: group.prompt, chosen: .init(tokens: row.completion), rejected: .init(worst.rollout))
    }
  }
}

extension PreferencePair.Completion {
  fileprivate init(_ rollout: Rollout) {
    self.init(
      tokens: rollout.tokens, isScored: rollout.isSampled, logProbs: rollout.scoredLogProbs)
  }
}
