import Objectives

extension DPO {
  public static let metrics =
    MetricDefinition.ofPairs + [
      MetricDefinition("losses/<type>", "mean over pairs of that loss, without its weight"),
      MetricDefinition("entropy", unit: "nats", "mean over scored tokens of -Σ p log p"),
      MetricDefinition("kto/reference_point", unit: "nats", "KTO's z of the step"),
      MetricDefinition("pairs/count", unit: "pairs", "pairs that the step is trained on"),
    ] + MetricDefinition.ofPairSources
}

extension MetricDefinition {
  /// What the sources of pairs report, under TRL's names where it has them.
  static let ofPairSources = [
    MetricDefinition("data/dropped", unit: "rows", "rows of the file over the limit, left out"),
    MetricDefinition(
      "data/truncated", unit: "rows", "rows of the file whose prompt was cut to the limit"),
    MetricDefinition(
      "num_tokens", unit: "tokens",
      "sampled tokens of the stage; of a file's pairs, prompt and completion tokens seen"),
    MetricDefinition("success", "share of judged completions whose raw verdict is a success"),
    MetricDefinition("groups/mixed", unit: "groups", "groups with unequal rewards"),
    MetricDefinition("groups/all_best", unit: "groups", "equal rewards, solved"),
    MetricDefinition("groups/all_worst", unit: "groups", "equal rewards, not solved"),
    MetricDefinition("completions/mean_length", unit: "tokens", "mean of sampled tokens"),
    MetricDefinition("completions/min_length", unit: "tokens", "fewest sampled tokens"),
    MetricDefinition("completions/max_length", unit: "tokens", "most sampled tokens"),
    MetricDefinition("completions/clipped_ratio", "share that ended without a stop"),
    MetricDefinition("env/error_rate", "share of completions without a verdict"),
    MetricDefinition(
      "sampling/logp_difference_max", unit: "nats",
      "max |sampled log p - training forward's| over online pairs; 0 by the first law"),
  ]
}
