import EnvironmentKit
import LanguageModels
import Objectives

extension GRPO {
  /// What a step's groups say before any update.
  func measure(_ asked: Asked, shaping: [String: Double]) -> Metrics {
    let groups = asked.groups
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
      ("resampled", asked.seen.count - groups.count),
    ] { mean("groups/\(name)", [Double(count)]) }
    let lengths = rollouts.map { Double($0.length) }
    let sampled = asked.seen.reduce(0) { $0 + $1.lengths.reduce(0, +) }
    mean("groups/resampled_tokens", [Double(sampled) - lengths.reduce(0, +)])
    mean("completions/mean_length", lengths)
    metrics.record("completions/min_length", .minimum(lengths.min() ?? 0))
    metrics.record("completions/max_length", .maximum(lengths.max() ?? 0))
    mean("completions/clipped_ratio", rollouts.map { $0.finish == .length ? 1 : 0 })
    mean("env/error_rate", asked.seen.flatMap(\.verdicts).map { $0.score == nil ? 1 : 0 })
    // Over no trained token the largest difference is 0; the first update's tokens join it.
    metrics.record("sampling/logp_difference_max", .maximum(0))
    mean("num_tokens", [Double(tokens)])
    let greedy = groups.compactMap(\.greedy)
    if !greedy.isEmpty {
      mean("greedy/reward", greedy.compactMap(\.reward))
      mean("greedy/tokens", [Double(greedy.reduce(0) { $0 + $1.length })])
    }
    for figures in [shaping, curriculum.metrics(), gates.metrics()] {
      for (name, value) in figures { mean(name, [value]) }
    }
    return metrics
  }

  public static let metrics =
    [
      MetricDefinition("reward", "mean over judged rollouts, after shaping"),
      MetricDefinition("reward/raw/mean", "mean over judged rollouts, before shaping"),
      MetricDefinition(
        "reward/kl/mean", "mean of -β Σ (log π_b - log π_ref), where kl_in is reward"),
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
        "sampling/logp_difference_max", unit: "nats",
        "max |sampled log p - first training forward's| over trained tokens; 0 by the first law"),
      MetricDefinition(
        "num_tokens", unit: "tokens",
        "sampled tokens of the stage, those of replaced groups and greedy completions too"),
      MetricDefinition("greedy/reward", "mean of the greedy completions, where they are baselines"),
      MetricDefinition("greedy/tokens", unit: "tokens", "sampled tokens of those completions"),
      MetricDefinition(
        "off_policy_mask/kept", "share of tokens that the off-policy mask leaves in the surrogate"),
    ] + replayMetrics
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
