import EnvironmentKit
import LanguageModels
import Objectives

/// What a step asked, and what came of it.
struct Asked: Sendable {
  /// Every group in the order it was asked, also those that others replaced.
  var seen: [FinishedGroup] = []
  /// One a place of the batch.
  var groups: [RolloutGroup] = []
  var shortage = Shortage.train
}

extension Asked {
  /// What the groups say before any update.
  var metrics: Metrics {
    var metrics = Metrics()
    func mean(_ name: String, _ values: [Double]) {
      metrics.record(name, .mean(sum: values.reduce(0, +), weight: Double(values.count)))
    }
    let rollouts = groups.flatMap(\.rollouts)
    let rewards = rollouts.compactMap(\.reward)
    let average = rewards.reduce(0, +) / Double(max(1, rewards.count))
    let squares = rewards.reduce(0) { $0 + ($1 - average) * ($1 - average) }
    mean("reward", rewards)
    mean("reward_std", [(squares / Double(max(1, rewards.count - 1))).squareRoot()])
    let judged = rollouts.filter { $0.verdict.score != nil }
    mean("success", judged.map { $0.verdict.isSuccess ? 1 : 0 })
    mean("frac_reward_zero_std", groups.map { $0.isUniform ? 1 : 0 })
    let best = groups.count { $0.isUniform && $0.isSolved }
    let uniform = groups.count(where: \.isUniform)
    for (name, count) in [
      ("all_best", best), ("all_worst", uniform - best), ("mixed", groups.count - uniform),
      ("filtered", groups.count(where: \.isSkipped)),
      ("resampled", seen.count - groups.count),
    ] { mean("groups/\(name)", [Double(count)]) }
    let lengths = rollouts.map { Double($0.length) }
    let sampled = seen.reduce(0) { $0 + $1.lengths.reduce(0, +) }
    mean("groups/resampled_tokens", [Double(sampled) - lengths.reduce(0, +)])
    mean("completions/mean_length", lengths)
    metrics.record("completions/min_length", .minimum(lengths.min() ?? 0))
    metrics.record("completions/max_length", .maximum(lengths.max() ?? 0))
    mean("completions/clipped_ratio", rollouts.map { $0.finish == .length ? 1 : 0 })
    mean("env/error_rate", seen.flatMap(\.verdicts).map { $0.score == nil ? 1 : 0 })
    let greedy = groups.compactMap(\.greedy)
    if !greedy.isEmpty {
      mean("greedy/reward", greedy.compactMap(\.reward))
      mean("greedy/tokens", [Double(greedy.reduce(0) { $0 + $1.length })])
    }
    return metrics
  }
}

extension RolloutGroup {
  /// All rewards that exist are equal, exactly.
  fileprivate var isUniform: Bool {
    let rewards = rollouts.compactMap(\.reward)
    return !rewards.contains { $0 != rewards[0] }
  }

  /// Some rollout could be judged, and all that could are successes.
  fileprivate var isSolved: Bool { finished.success == 1 }
}

extension MetricDefinition {
  static let logProbDifference = MetricDefinition(
    "sampling/logp_difference_max", unit: "nats",
    "max |sampled log p - first training forward's| over trained tokens; 0 by the first law")

  /// What every stage that samples reports of its rollouts.
  static let ofRollouts =
    [
      MetricDefinition(
        "reward", "mean over judged rollouts, after shaping and mixing with a reward model's score"),
      MetricDefinition("reward/raw/mean", "mean over judged rollouts, before shaping"),
      MetricDefinition("reward_std", "sample deviation over the step's judged rollouts"),
      MetricDefinition("success", "share of judged rollouts whose raw verdict is a success"),
      MetricDefinition("frac_reward_zero_std", "share of groups whose rewards are all equal"),
      MetricDefinition("groups/mixed", unit: "groups", "groups with unequal rewards"),
      MetricDefinition("groups/all_best", unit: "groups", "equal rewards, solved"),
      MetricDefinition("groups/all_worst", unit: "groups", "equal rewards, not solved"),
      MetricDefinition("groups/filtered", unit: "groups", "kept out by a gate"),
      MetricDefinition("groups/resampled", unit: "groups", "replaced by another problem"),
      MetricDefinition(
        "groups/resampled_tokens", unit: "tokens", "sampled tokens of the replaced groups"),
      MetricDefinition("completions/mean_length", unit: "tokens", "mean of sampled tokens"),
      MetricDefinition("completions/min_length", unit: "tokens", "fewest sampled tokens"),
      MetricDefinition("completions/max_length", unit: "tokens", "most sampled tokens"),
      MetricDefinition("completions/clipped_ratio", "share that ended without a stop"),
      MetricDefinition("env/error_rate", "share of rollouts without a verdict"),
      MetricDefinition(
        "num_tokens", unit: "tokens",
        "sampled tokens of the stage, those of replaced groups and greedy completions too"),
    ]
}
