import TensorCore

/// What a step's pairs look like to the policy, under TRL's names, and how far both completions have
/// moved from the reference: a margin also grows while both fall.
public func pairMetrics(
  logProbs: PairScores,  // Σ_t log π
  reference: PairScores?,  // Σ_t log π_ref
  tokens: PairedTokens, beta: Float
) -> Metrics {
  let rewards = (reference.map { logProbs.ratios(to: $0) } ?? logProbs).map { $0 * beta }
  let (chosen, rejected) = (rewards.chosen.values, rewards.rejected.values)
  var metrics = Metrics([
    "rewards/chosen": .mean(of: chosen), "rewards/rejected": .mean(of: rejected),
    "rewards/margins": .mean(of: zip(chosen, rejected).map { $0 - $1 }),
    "rewards/accuracies": .mean(of: zip(chosen, rejected).map { $0 > $1 ? 1 : 0 }),
    "logps/chosen": .mean(of: logProbs.chosen.values),
    "logps/rejected": .mean(of: logProbs.rejected.values),
  ])
  guard let reference else { return metrics }
  let shifts = logProbs.ratios(to: reference)
  func total(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) } }
  metrics.record(
    "logps/chosen_shift",
    .mean(sum: total(shifts.chosen.values), weight: Double(tokens.chosenTokens)))
  metrics.record(
    "logps/rejected_shift",
    .mean(sum: total(shifts.rejected.values), weight: Double(tokens.rejectedTokens)))
  return metrics
}

extension MetricDefinition {
  /// What `pairMetrics` reports.
  public static let ofPairs = [
    MetricDefinition(
      "rewards/chosen",
      "mean over pairs of β Σ_t log π/π_ref of the chosen; β Σ_t log π without a reference"),
    MetricDefinition("rewards/rejected", "the same of the rejected completion"),
    MetricDefinition("rewards/margins", "mean over pairs of the chosen's less the rejected's"),
    MetricDefinition("rewards/accuracies", "share of pairs with a margin above 0"),
    MetricDefinition(
      "logps/chosen", unit: "nats", "mean over pairs of Σ_t log π of the chosen completion"),
    MetricDefinition("logps/rejected", unit: "nats", "the same of the rejected completion"),
    MetricDefinition(
      "logps/chosen_shift", unit: "nats",
      "mean over the chosen completions' tokens of log π - log π_ref; below 0 they got less likely"
    ),
    MetricDefinition(
      "logps/rejected_shift", unit: "nats", "the same over the rejected completions' tokens"),
  ]
}
