import TensorCore

/// Alignment by optimal transport (Melnyk et al., "Distributional preference alignment", 2024): the
/// values of the better distribution are compared, rank by rank, with those of the other.
///
/// Ranks are taken over the whole step, without gradients: a loss of a micro-batch's own ranks
/// would depend on the split. `values[i]` gets the one of `others` that has its rank; of equal
/// values the earlier one ranks lower.
public func equalRankPartners(of values: [Float], among others: [Float]) -> [Float] {
  precondition(
    values.count == others.count, "partners of \(values.count) among \(others.count) values")
  let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
  let sorted = others.sorted()
  var partners = values
  for (rank, index) in order.enumerated() { partners[index] = sorted[rank] }
  return partners
}

/// `aot`, for pairs: the sigmoid loss of `(log π⁺ - log π⁻)` against the reference's margin of equal
/// rank, which no gradient reaches.
public func transportedPreference(
  logProbMargins: Tensor,  // [P]
  partners: Tensor,  // [P] the reference's margins of equal rank
  beta: Float, labelSmoothing: Float = 0
) -> Tensor {  // [P]
  sigmoidPreference(
    logProbMargins - partners.detached, beta: beta, labelSmoothing: labelSmoothing)
}

/// `aot_unpaired`: the chosen log-ratios against the rejected ones of equal rank.
///
/// Both sides of a comparison have a gradient, and may be in different micro-batches. So each side
/// meets the other's value as a constant; the second meeting adds its gradient alone, and no value.
public func transportedPreference(
  _ logRatios: PairScores,
  partners: PairScores,  // of `chosen`: rejected ones of equal rank; of `rejected`: chosen ones
  beta: Float, labelSmoothing: Float = 0
) -> Tensor {  // [P]
  let chosen = sigmoidPreference(
    logRatios.chosen - partners.chosen.detached, beta: beta, labelSmoothing: labelSmoothing)
  let rejected = sigmoidPreference(
    partners.rejected.detached - logRatios.rejected, beta: beta, labelSmoothing: labelSmoothing)
  return chosen + (rejected - rejected.detached)
}
