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
    var seen: [FinishedGroup] = []
    var places: [RolloutGroup?] = Array(repeating: nil, count: config.promptsPerStep)
    var attempts = Array(repeating: 0, count: config.promptsPerStep)
    while places.contains(where: { $0 == nil }) {
      let vacant = places.indices.filter { places[$0] == nil }
      let played = try collector.play(try vacant.map { _ in try ask() }, with: models[.policy])
      for (place, group) in zip(vacant, played) {
        seen.append(group.finished)
        var group = group
        switch decide(on: group.finished, attempt: attempts[place]) {
        case .keep: places[place] = group
        case .skip:
          group.isSkipped = true
          places[place] = group
        case .resample: attempts[place] += 1
        }
      }
    }
    var groups = places.compactMap { $0 }
    try checkFinite(groups, step: step)
    try reward(&groups, step: step, models)
    tokens += groups.reduce(0) { $0 + $1.rollouts.reduce(0) { $0 + $1.length } }
    let events = curriculum.observe(seen, step: step)
    return Collected(
      groups, metrics: measure(groups, resampled: attempts.reduce(0, +), seen: seen),
      rollouts: groups,
      events: events.map { ($0.kind.rawValue, [("event", (try? JSON(encoding: $0)) ?? .null)]) })
  }

  /// A policy whose probabilities are no numbers has diverged, whatever it happened to say.
  private func checkFinite(_ groups: [RolloutGroup], step: Int) throws {
    let broken = groups.first { $0.rollouts.contains { $0.logProbs.contains { !$0.isFinite } } }
    guard let broken else { return }
    throw DivergedError(
      step: step + 1, what: "a sampled log-probability", batch: broken.json(step: step))
  }

  private mutating func ask() throws -> (index: Int, choice: Choice) {
    let index = problems
    problems += 1
    var random = context.random.split("problem", index)
    return (index, try curriculum.next(using: &random))
  }

  /// All gates see every group; one refusal is enough, and resampling goes before skipping.
  private mutating func decide(on group: FinishedGroup, attempt: Int) -> GateDecision {
    var decisions: [GateDecision] = []
    for index in gates.indices {
      decisions.append(gates[index].decide(on: group, attempt: attempt))
    }
    return decisions.contains(.resample) ? .resample : decisions.contains(.skip) ? .skip : .keep
  }

  /// Raw scores, then shapers, then the divergence that belongs to the reward, then advantages.
  private mutating func reward(
    _ groups: inout [RolloutGroup], step: Int, _ models: BoundModels
  ) throws {
    for place in groups.indices {
      var rewards = groups[place].rollouts.map(\.reward)
      for index in shapers.indices {
        rewards = shapers[index].shape(rewards, of: groups[place].finished, step: step)
      }
      for (sample, reward) in rewards.enumerated() {
        guard reward?.isFinite ?? true else {
          throw DivergedError(step: step + 1, what: "a reward")
        }
        groups[place].rollouts[sample].reward = reward
      }
    }
    if config.beta > 0 && config.klIn == .reward { addDivergence(to: &groups, models) }
    let advantages = groupRelativeAdvantages(
      groups.map { $0.rollouts.map(\.reward) }, scale: config.scaleRewards)
    for (place, values) in advantages.enumerated() {
      for (sample, advantage) in values.enumerated() {
        groups[place].rollouts[sample].advantage = advantage
      }
    }
  }

  /// `r ← r − β Σ (log π_behavior − log π_reference)` over the sampled tokens.
  private func addDivergence(to groups: inout [RolloutGroup], _ models: BoundModels) {
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
      }
    }
  }
}
