import Objectives

extension DPO {
  public static let metrics =
    MetricDefinition.ofPairs + [
      .logProbDifference,
      MetricDefinition("losses/<type>", "mean over pairs of that loss, without its weight"),
      MetricDefinition("entropy", unit: "nats", "mean over scored tokens of -Σ p log p"),
      MetricDefinition("kto/reference_point", unit: "nats", "KTO's z of the step"),
      MetricDefinition("pairs/count", unit: "pairs", "pairs that the step is trained on"),
      MetricDefinition(
        "eval/rewards/accuracies", "rewards/accuracies over the pairs of the file's eval_data"),
      MetricDefinition("eval/rewards/margins", "rewards/margins over those pairs"),
    ] + MetricDefinition.ofRewardMix + MetricDefinition.ofPairSources
}

extension MetricDefinition {
  /// What the sources of pairs report, under TRL's names where it has them.
  static let ofPairSources =
    [
      MetricDefinition("data/dropped", unit: "rows", "rows of the file over the limit, left out"),
      MetricDefinition(
        "data/truncated", unit: "rows", "rows of the file whose prompt was cut to the limit"),
      MetricDefinition(
        "num_tokens", unit: "tokens",
        "sampled tokens of the stage; of a file's pairs, prompt and completion tokens seen"),
    ] + MetricDefinition.ofRollouts.filter { $0.name != "num_tokens" }
}
