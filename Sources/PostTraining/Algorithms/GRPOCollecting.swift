import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore

/// Asking, playing, gating, shaping, comparing: all that comes before the first gradient.
extension GRPO {
  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<[RolloutGroup]> {
    var asked = try fillPlaces(with: models[.policy])
    tokens += asked.seen.reduce(0) { $0 + $1.lengths.reduce(0, +) }
    try asked.groups.checkFinite(step: step)
    let shaped = try reward(&asked.groups, step: step, models)
    let changes = curriculum.observe(asked.seen, step: step).map(\.hookEvent)
    return Collected(
      asked.shortage == .train ? asked.groups : [],
      metrics: measure(asked, shaping: shaped.metrics), rollouts: asked.groups,
      events: changes + shaped.events, endsStage: asked.shortage == .stop)
  }

  /// Asks until each place of the batch has a group that a gate kept or refused for good; what
  /// was kept stays, however often the others are asked again.
  mutating func fillPlaces(with policy: any LanguageModel) throws -> Asked {
    var asked = Asked()
    var places: [RolloutGroup?] = Array(repeating: nil, count: config.promptsPerStep)
    var attempts = Array(repeating: 0, count: config.promptsPerStep)
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

  private mutating func ask() throws -> (index: Int, choice: Choice) {
    let index = problems
    problems += 1
    var random = context.random.split("problem", index)
    return (index, try curriculum.next(using: &random))
  }

  /// Raw scores, then shapers, then the divergence that belongs to the reward, then advantages.
  private mutating func reward(
    _ groups: inout [RolloutGroup], step: Int, _ models: BoundModels
  ) throws -> Shaping.Outcome {
    var shaped = shaping.shape(groups.map { $0.shaped(in: context) }, step: step)
    for (place, rewards) in shaped.rewards.enumerated() {
      for (sample, reward) in rewards.enumerated() {
        guard reward?.isFinite ?? true else {
          throw DivergedError(step: step + 1, what: "a reward")
        }
        groups[place].rollouts[sample].reward = reward
      }
    }
    if config.beta > 0 && config.klIn == .reward {
      shaped.metrics["reward/kl/mean"] = addDivergence(to: &groups, models)
    }
    let advantages = groupRelativeAdvantages(
      groups.map { $0.rollouts.map(\.reward) }, scale: config.scaleRewards)
    for (place, values) in advantages.enumerated() {
      for (sample, advantage) in values.enumerated() {
        groups[place].rollouts[sample].advantage = advantage
      }
    }
    return shaped
  }

  /// `r ← r − β Σ (log π_behavior − log π_reference)` over the sampled tokens; returns what that
  /// added, as a mean over judged rollouts.
  private func addDivergence(
    to groups: inout [RolloutGroup], _ models: BoundModels
  ) -> Double? {
    var total = 0.0
    for place in groups.indices where !groups[place].judged.isEmpty {
      var packed = PackedTokens()
      packed.append(groups[place])
      let reference = models[.reference].statistics(
        of: packed, temperature: Float(config.temperature)
      ).logProbs.values
      let behavior = groups[place].judged.flatMap(\.scoredLogProbs)
      let divergences = k1Divergences(logProbs: behavior, referenceLogProbs: reference)
      var sums = Array(repeating: 0.0, count: groups[place].judged.count)
      for (target, divergence) in zip(packed.targets, divergences) {
        sums[Int(target.sequence)] += divergence
      }
      var penalties = sums.makeIterator()
      for sample in groups[place].rollouts.indices {
        guard let reward = groups[place].rollouts[sample].reward, let sum = penalties.next() else {
          continue
        }
        groups[place].rollouts[sample].reward = reward - config.beta * sum
        total -= config.beta * sum
      }
    }
    let judged = groups.reduce(0) { $0 + $1.judged.count }
    return judged > 0 ? total / Double(judged) : nil
  }
}

/// What a step asked, and what came of it.
struct Asked {
  /// Every group in the order it was asked, also those that others replaced.
  var seen: [FinishedGroup] = []
  /// One a place of the batch.
  var groups: [RolloutGroup] = []
  var shortage = Shortage.train
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
