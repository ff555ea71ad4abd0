import TensorCore

/// The value function's squared error, `coefficient · ½ Σ w · max((v - R)², (c - R)²)`.
///
/// `c` is `v` held within `clip` of what the value function said when the advantages were taken;
/// infinity turns that off. The larger error counts, so a value that moved too far towards its
/// return stops there, and one that moved away is pulled back.
public func clippedValueLoss(
  _ values: Tensor,  // [M]
  behaviorValues: Tensor,  // [M]
  returns: Tensor,  // [M]
  clip: Float = .infinity,
  coefficient: Float = 1,
  tokens: TrainedTokens
) -> Objective {
  tokens.check(values, "clippedValueLoss: values")
  tokens.check(behaviorValues, "clippedValueLoss: behaviorValues")
  tokens.check(returns, "clippedValueLoss: returns")
  precondition(clip > 0, "clippedValueLoss: clip \(clip) is not positive")
  let error = values - returns
  var squares = error * error
  var isHeld = [Float](repeating: 0, count: tokens.count)
  if clip < .infinity {
    let held = values.maximum(behaviorValues - clip).minimum(behaviorValues + clip) - returns
    let heldSquares = held * held
    isHeld = zip(heldSquares.values, squares.values).map { $0 > $1 ? 1 : 0 }
    squares = squares.maximum(heldSquares)
  }
  let half = (tokens.weights * squares).sum() * 0.5
  return Objective(
    loss: half * coefficient,
    metrics: Metrics([
      "critic/vf_loss": .sum(Double(half.value)),
      "critic/vf_clipfrac": .mean(of: isHeld),
      "critic/vpred_mean": .mean(of: values.values),
    ]))
}
