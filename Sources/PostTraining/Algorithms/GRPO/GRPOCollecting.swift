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
    var (asked, metrics, events) = try source.play(
      step: step, with: models, greedily: config.baseline == .greedy)
    let divergences = divergences(of: asked.groups, models)
    if config.beta > 0 && config.klIn != .loss,
      let added = addDivergence(divergences, to: &asked.groups)
    {
      metrics.record("reward/kl/mean", .mean(sum: added, weight: 1))
    }
    compare(&asked.groups, divergences)
    let replayed = replayed(step: step, with: models[.policy])
    if config.replay.isOn {
      buffer.append(asked.groups, step: step, capacity: config.replay.capacity)
    }
    metrics.merge(asked.metrics)
    metrics.merge(replayed.metrics)
    // Over no trained token the largest difference is 0; the first update's tokens join it.
    metrics.record("sampling/logp_difference_max", .maximum(0))
    return Collected(
      asked.shortage == .train ? asked.groups + replayed.groups : [], metrics: metrics,
      rollouts: asked.groups, events: events, endsStage: asked.shortage == .stop)
  }

  /// Gives each rollout its advantage, and its tokens theirs where they have some of their own.
  private func compare(_ groups: inout [RolloutGroup], _ divergences: [[[Double]]]) {
    let rewards = groups.map { group in
      RewardGroup(
        group.rollouts.map(\.reward), lengths: group.rollouts.map(\.length),
        greedyReward: group.greedy?.reward)
    }
    let advantages = groupRelativeAdvantages(rewards, config.advantageRule)
    for (place, values) in advantages.enumerated() {
      for (sample, advantage) in values.enumerated() {
        groups[place].rollouts[sample].advantage = advantage
      }
    }
    guard config.hasTokenAdvantages else { return }
    // A rollout without a verdict is no part of the step's sample.
    let judged = groups.indices.flatMap { place in
      groups[place].rollouts.indices.filter { groups[place].rollouts[$0].reward != nil }
        .map { (place, $0) }
    }
    let perToken = config.tokenAdvantages(
      of: judged.map { advantages[$0][$1] }, divergences: judged.map { divergences[$0][$1] })
    for ((place, sample), advantages) in zip(judged, perToken) {
      groups[place].rollouts[sample].tokenAdvantages = advantages
    }
  }

  /// `log π_behavior − log π_reference` of each sampled token where the reward is to pay for it;
  /// 0 elsewhere, and of rollouts without a verdict.
  private func divergences(
    of groups: [RolloutGroup], _ models: BoundModels
  ) -> [[[Double]]] {
    groups.map { group in
      var divergences = group.rollouts.map { Array(repeating: 0.0, count: $0.length) }
      guard config.beta > 0, config.klIn != .loss, !group.judged.isEmpty else { return divergences }
      var packed = PackedTokens()
      packed.append(group)
      let reference = models[.reference].statistics(
        of: packed, temperature: Float(config.temperature)
      ).logProbs.values
      var values = k1Divergences(
        logProbs: group.judged.flatMap(\.scoredLogProbs), referenceLogProbs: reference)[...]
      for sample in group.rollouts.indices where group.rollouts[sample].reward != nil {
        divergences[sample] = Array(values.prefix(divergences[sample].count))
        values = values.dropFirst(divergences[sample].count)
      }
      return divergences
    }
  }

  /// `r ← r − β Σ k1` where the divergence is the reward's; where it is each token's, it waits for
  /// the advantages. Returns what it adds either way, as a mean over judged rollouts.
  private func addDivergence(
    _ divergences: [[[Double]]], to groups: inout [RolloutGroup]
  ) -> Double? {
    var (total, judged) = (0.0, 0)
    for place in groups.indices {
      for sample in groups[place].rollouts.indices {
        guard let reward = groups[place].rollouts[sample].reward else { continue }
        let penalty = config.beta * divergences[place][sample].reduce(0, +)
        if config.klIn == .reward { groups[place].rollouts[sample].reward = reward - penalty }
        (total, judged) = (total - penalty, judged + 1)
      }
    }
    return judged > 0 ? total / Double(judged) : nil
  }
}
