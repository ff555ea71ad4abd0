import TensorCore

/// Right or wrong from one number, `Σ w · -log σ(±s)`: plus where it is right.
///
/// `weights` are fixed for the whole step, `1/S` of its numbers for a mean.
public func binaryCrossEntropy(
  _ scores: Tensor,  // [S]
  isRight: [Bool],  // [S]
  weights: Tensor  // [S]
) -> Objective {
  precondition(
    scores.count == isRight.count && scores.count == weights.count,
    "binaryCrossEntropy: \(scores.count) scores, \(isRight.count) labels, \(weights.count) weights")
  let signs = Tensor(isRight.map { $0 ? 1 : -1 })
  let loss = -(weights * (scores * signs).logSigmoid()).sum()
  let judged = zip(scores.values, isRight).map { ($0 > 0) == $1 ? Float(1) : 0 }
  return Objective(
    loss: loss,
    metrics: Metrics([
      "step_accuracy": .mean(of: judged), "steps/right": .mean(of: isRight.map { $0 ? 1 : 0 }),
    ]))
}
