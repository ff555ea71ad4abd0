import TensorCore

/// What turns ratios and advantages into a loss: how far a token may leave its behavior policy.
public enum Surrogate: Sendable, Equatable {
  /// Gradients end at the clip (PPO, GRPO, GSPO).
  case clipped(RatioClip)
  /// The clipped ratio only weighs (CISPO).
  case detached(ClosedRange<Float>)
  /// A smooth gate instead of a clip (SAPO).
  case soft(GateTemperatures)
  /// Log-ratios within `-low...high`, then their mean over the sequence (GMPO).
  case geometric(low: Float, high: Float)
  /// A smooth weight of the whole sequence (VESPO).
  case gamma(GammaWeights)

  /// The loss of one micro-batch.
  ///
  /// `geometric` and `gamma` have a level of their own and read no `ratios`.
  public func callAsFunction(
    _ ratios: ImportanceRatios,
    logProbs: Tensor,  // [M]
    behaviorLogProbs: Tensor,  // [M]
    advantages: Tensor,  // [M]
    tokens: TrainedTokens
  ) -> Objective {
    switch self {
    case .clipped(let clip):
      clippedSurrogate(ratios, advantages: advantages, tokens: tokens, clip: clip)
    case .detached(let bounds):
      cispo(
        ratios, logProbs: logProbs, advantages: advantages, tokens: tokens, bounds: bounds)
    case .soft(let temperatures):
      softGate(ratios, advantages: advantages, tokens: tokens, temperatures: temperatures)
    case .geometric(let low, let high):
      geometricMeanSurrogate(
        logProbs: logProbs, behaviorLogProbs: behaviorLogProbs, advantages: advantages,
        tokens: tokens, low: low, high: high)
    case .gamma(let weights):
      vespo(
        logProbs: logProbs, behaviorLogProbs: behaviorLogProbs, advantages: advantages,
        tokens: tokens, weights: weights)
    }
  }
}
