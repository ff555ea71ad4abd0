import Foundation
import LanguageModels
import Objectives
import Randomness
import TensorCore

/// Off-policy replay with a decoupled correction.
///
/// A replayed token weighs `min(cap, π_now/π_behavior)`, taken as a constant when the step begins,
/// and its ratio is measured from `π_now` on, as a fresh token's is from the policy that sampled it:
/// the clip bounds this step's movement, the weight corrects for all earlier ones. Hilton et al.,
/// "Batch size-invariance for policy optimization" (2022); the cap is truncated importance
/// sampling, Ionides (2008). Advantages stay what they were: their groups have not changed.
extension GRPO {
  /// The groups that this step learns from again, and what is to be said about them.
  func replayed(
    step: Int, with policy: any LanguageModel
  ) -> (groups: [RolloutGroup], metrics: Metrics) {
    var metrics = Metrics()
    guard config.replay.isOn else { return ([], metrics) }
    var random = context.random.split("replay", step)
    let entries = buffer.draw(config.replay.groups, using: &random)
    let groups = entries.map { entry in
      var group = entry.group
      group.age = step - entry.step
      correct(&group, with: policy)
      return group
    }
    let ages = groups.map { Double($0.age) }
    let weights = groups.flatMap { $0.judged.flatMap(\.corrections) }
    let capped = weights.count { $0 >= Float(config.replay.ratioCap) }
    let count = Double(weights.count)
    for (name, value) in [
      ("replay/groups", Metrics.Value.mean(sum: Double(groups.count), weight: 1)),
      ("replay/buffer", .mean(sum: Double(buffer.entries.count), weight: 1)),
      ("replay/age_mean", .mean(sum: ages.reduce(0, +), weight: Double(ages.count))),
      ("replay/age_max", .maximum(ages.max() ?? 0)),
      ("replay/weight_mean", .mean(of: weights)),
      ("replay/capped_ratio", .mean(sum: Double(capped), weight: count)),
    ] { metrics.record(name, value) }
    return (groups, metrics)
  }

  /// Gives each judged rollout its weights, and the policy's log-probabilities of now.
  private func correct(_ group: inout RolloutGroup, with policy: any LanguageModel) {
    var packed = PackedTokens()
    packed.append(group)
    var current = policy.statistics(of: packed, temperature: Float(config.temperature))
      .logProbs.values[...]
    for sample in group.rollouts.indices where group.rollouts[sample].reward != nil {
      for place in group.rollouts[sample].tokens.indices
      where group.rollouts[sample].isSampled[place] {
        let now = current.removeFirst()
        let ratio = exp(now - group.rollouts[sample].logProbs[place])
        group.rollouts[sample].corrections.append(min(Float(config.replay.ratioCap), ratio))
        group.rollouts[sample].logProbs[place] = now
      }
    }
  }

  static let replayMetrics = [
    MetricDefinition("replay/groups", unit: "groups", "groups of earlier steps learned from again"),
    MetricDefinition("replay/buffer", unit: "groups", "groups kept when the step began"),
    MetricDefinition("replay/age_mean", unit: "steps", "mean over replayed groups"),
    MetricDefinition("replay/age_max", unit: "steps", "oldest replayed group"),
    MetricDefinition(
      "replay/weight_mean", "mean over replayed tokens of min(π_now/π_b, ratio_cap)"),
    MetricDefinition("replay/capped_ratio", "share of replayed tokens held at ratio_cap"),
  ]
}
