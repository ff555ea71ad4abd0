import Objectives

extension GRPO {
  public static let metrics =
    MetricDefinition.ofRollouts + MetricDefinition.ofRewardMix + [
      .logProbDifference,
      MetricDefinition(
        "reward/kl/mean",
        "mean of -β Σ (log π_b - log π_ref), where kl_in is reward or token_reward"),
      MetricDefinition("greedy/reward", "mean of the greedy completions, where they are baselines"),
      MetricDefinition("greedy/tokens", unit: "tokens", "sampled tokens of those completions"),
      MetricDefinition(
        "off_policy_mask/kept", "share of tokens that the off-policy mask leaves in the surrogate"),
    ] + replayMetrics
}
