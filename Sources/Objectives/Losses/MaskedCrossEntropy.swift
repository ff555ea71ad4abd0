import TensorCore

/// Supervised learning on chosen tokens: `-Σ w · log p`.
public func maskedCrossEntropy(
  logProbs: Tensor,  // [M]
  tokens: TrainedTokens
) -> Objective {
  tokens.check(logProbs, "maskedCrossEntropy")
  return Objective(loss: -(tokens.weights * logProbs).sum())
}
