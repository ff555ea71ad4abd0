import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore

/// Playing and comparing: all that comes before the first gradient.
extension GRPO {
  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<[RolloutGroup]> {
    var (asked, metrics, events) = try source.play(step: step, with: models[.policy])
    if config.beta > 0 && config.klIn == .reward,
      let added = addDivergence(to: &asked.groups, models)
    {
      metrics.record("reward/kl/mean", .mean(sum: added, weight: 1))
    }
    let advantages = groupRelativeAdvantages(
      asked.groups.map { $0.rollouts.map(\.reward) }, scale: config.scaleRewards)
    for (place, values) in advantages.enumerated() {
      for (sample, advantage) in values.enumerated() {
        asked.groups[place].rollouts[sample].advantage = advantage
      }
    }
    metrics.merge(asked.metrics)
    // Over no trained token the largest difference is 0; the first update's tokens join it.
    metrics.record("sampling/logp_difference_max", .maximum(0))
    return Collected(
      asked.shortage == .train ? asked.groups : [], metrics: metrics, rollouts: asked.groups,
      events: events, endsStage: asked.shortage == .stop)
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
