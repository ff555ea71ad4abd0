import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore

/// Playing, scoring, and what each token turned out to be worth: all before the first gradient.
extension PPO {
  /// Held-out problems that the value function is tried on.
  private static let heldOutProblems = 256

  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<[EstimatedGroup]> {
    var (asked, metrics, events) = try source.play(step: step, with: models)
    steps += 1
    metrics.merge(asked.metrics)
    // Over no trained token the largest difference is 0; the first update's tokens join it.
    metrics.record("sampling/logp_difference_max", .maximum(0))
    let (groups, figures) = try estimate(
      asked.groups, step: step, models, lambda: config.lam, whitens: config.whitenAdvantages)
    metrics.merge(figures)
    if let mean = figures["objective/kl"] {
      divergence?.observe(
        divergence: mean, sequences: asked.groups.reduce(0) { $0 + $1.judged.count })
    }
    return Collected(groups, metrics: metrics, rollouts: asked.groups, events: events)
  }

  /// How well the value function foretells returns of problems that it never trains on: those that
  /// came, lambda 1, for below that a return is in part what the value function says itself.
  public func evaluate(with models: BoundModels) throws -> Metrics {
    let groups = try source.playHeldOut(
      atMost: Self.heldOutProblems, step: steps, with: models)
    let (estimated, _) = try estimate(groups, step: steps, models, lambda: 1, whitens: false)
    var metrics = Metrics()
    if let share = estimated.explainedVariance {
      metrics.record("eval/vf_explained_var", .mean(sum: share, weight: 1))
    }
    return metrics
  }

  /// Values, token rewards and advantages of whole groups.
  private func estimate(
    _ groups: [RolloutGroup], step: Int, _ models: BoundModels, lambda: Double, whitens: Bool
  ) throws -> (groups: [EstimatedGroup], metrics: Metrics) {
    var metrics = Metrics()
    var values: [[Float]] = []
    var rewards: [[Double]] = []
    var penalty = 0.0
    for part in microBatches(groups, limit: config.microBatchRows, size: \.rows) {
      var packed = PackedTokens()
      for group in part { packed.append(group) }
      let rollouts = part.flatMap(\.judged)
      values += bySequence(self.values(of: packed, models), rollouts)
      let divergences = divergences(of: packed, rollouts, models)
      for (rollout, own) in zip(rollouts, divergences) {
        penalty += own.reduce(0, +)
        rewards.append(
          tokenRewards(
            score: rollout.reward ?? 0, divergences: own, beta: beta,
            endsWithStop: rollout.finish == .stop, missingEOSPenalty: config.missingEosPenalty))
      }
    }
    if let value = values.joined().first(where: { !$0.isFinite }) {
      throw DivergedError(step: step + 1, what: "a value (\(value))")
    }
    let count = Double(values.count)
    if config.beta > 0 && config.klIn == .reward {
      metrics.record("objective/kl", .mean(sum: penalty, weight: count))
      metrics.record("objective/kl_coef", .mean(sum: beta, weight: 1))
    }
    if config.whitenRewards { rewards = whitened(rewards, shiftsMean: false) }
    var estimates = zip(rewards, values).map {
      generalizedAdvantages(
        rewards: $0, values: $1.map(Double.init), gamma: config.gamma, lambda: lambda)
    }
    if whitens {
      let advantages = whitened(estimates.map(\.advantages))
      for index in estimates.indices { estimates[index].advantages = advantages[index] }
    }
    var next = 0
    let estimated = groups.map { group -> EstimatedGroup in
      let range = next..<next + group.judged.count
      next = range.upperBound
      return EstimatedGroup(
        group: group, estimates: Array(estimates[range]), values: Array(values[range]))
    }
    metrics.merge(estimated.valueMetrics)
    return (estimated, metrics)
  }

  /// What the value function says of the states before the scored tokens, without gradient.
  private func values(of packed: PackedTokens, _ models: BoundModels) -> [Float] {
    let model = models[config.sharedValue == nil ? .value : .policy]
    return model.scores(of: model.hiddenStates(of: packed), rows: packed.targetRows).values
  }

  /// Of each sampled token, where they are part of the reward; else zeros.
  private func divergences(
    of packed: PackedTokens, _ rollouts: [Rollout], _ models: BoundModels
  ) -> [[Double]] {
    guard config.beta > 0 && config.klIn == .reward else {
      return rollouts.map { Array(repeating: 0, count: $0.length) }
    }
    let reference = models[.reference].statistics(
      of: packed, temperature: Float(config.temperature)
    ).logProbs.values
    let behavior = rollouts.flatMap(\.scoredLogProbs)
    return bySequence(
      k1Divergences(logProbs: behavior, referenceLogProbs: reference), rollouts)
  }

  /// Numbers of all rollouts' sampled tokens, rollout by rollout.
  private func bySequence<Number>(_ numbers: [Number], _ rollouts: [Rollout]) -> [[Number]] {
    var next = 0
    return rollouts.map { rollout in
      let range = next..<next + rollout.length
      next = range.upperBound
      return Array(numbers[range])
    }
  }
}

extension [PPO.EstimatedGroup] {
  /// Over all tokens: what share of the returns' variance the values foretold.
  fileprivate var explainedVariance: Double? {
    Objectives.explainedVariance(
      values: flatMap { $0.values.joined().map(Double.init) },
      returns: flatMap { $0.estimates.flatMap(\.returns) })
  }

  fileprivate var valueMetrics: Metrics {
    var metrics = Metrics()
    let returns = flatMap { $0.estimates.flatMap(\.returns) }
    metrics.record(
      "critic/returns/mean", .mean(sum: returns.reduce(0, +), weight: Double(returns.count)))
    if let share = explainedVariance {
      metrics.record("critic/vf_explained_var", .mean(sum: share, weight: 1))
    }
    return metrics
  }
}
