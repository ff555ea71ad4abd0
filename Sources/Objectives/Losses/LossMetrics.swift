extension MetricDefinition {
  /// What the objectives of this module report; `w` are the aggregation's weights.
  ///
  /// Shares and means are over the trained tokens of all of a step's updates: the first, at which
  /// every ratio is 1, included. A sum over the weights is a mean over the updates.
  public static let ofObjectives = [
    MetricDefinition(
      "policy_loss",
      "-Σ w · surrogate, without KL penalty and entropy bonus; a mean over updates"),
    MetricDefinition(
      "distill_loss", "Σ w · the divergence from the teacher, scaled; a mean over updates"),
    MetricDefinition(
      "clip_ratio/low_mean",
      "share of ratios (tokens', or sequences') below 1 - epsilon where the advantage is < 0"),
    MetricDefinition(
      "clip_ratio/high_mean",
      "share of ratios (tokens', or sequences') above 1 + epsilon_high where the advantage is > 0"),
    MetricDefinition("clip_ratio/region_mean", "clip_ratio/low_mean + clip_ratio/high_mean"),
    MetricDefinition(
      "cispo_clip_ratio",
      "share of ratios (tokens', or sequences') that a bound holds, where the advantage is not 0; "
        + "TRL counts those of positive advantages alone"),
    MetricDefinition(
      "vespo/phi_seq_mean", "mean over sequences of the weight that the sequence's ratio gets"),
    MetricDefinition(
      "kl", unit: "nats", "mean over trained tokens of the divergence that beta multiplies"),
    MetricDefinition(
      "entropy", unit: "nats", "mean over trained tokens of -Σ p log p of the policy"),
    MetricDefinition(
      "critic/vf_loss", "½ Σ w · max((v - R)², (v held by the clip - R)²); a mean over updates"),
    MetricDefinition(
      "critic/vf_clipfrac", "share of tokens whose value the clip holds: its error is the larger"),
    MetricDefinition("critic/vpred_mean", "mean over trained tokens of the value function"),
  ]
}
