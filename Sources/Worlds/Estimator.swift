import Objectives

/// A way to turn one group of samples into a gradient, and the truth that it is held against.
public struct Estimator: Sendable {
  public let name: String
  /// What the estimate is meant to climb.
  public let objective: ExactObjective
  /// What is minimized for one group, which is a whole step.
  public let loss: @Sendable (DrawnGroup) -> Objective

  public init(
    _ name: String, _ objective: ExactObjective = ExactObjective(),
    loss: @escaping @Sendable (DrawnGroup) -> Objective
  ) {
    (self.name, self.objective, self.loss) = (name, objective, loss)
  }

  /// Policy gradients by their textbook definition: a sequence's whole ratio times its advantage.
  public init(
    _ name: String, _ objective: ExactObjective = ExactObjective(),
    advantages: @escaping @Sendable (DrawnGroup) -> [Double]
  ) {
    self.init(name, objective) { group in
      // The ratio stands on each token of its sequence, so that their mean is the sequence's term.
      let tokens = group.tokens(.sequenceMean)
      return clippedSurrogate(
        group.ratios(.sequenceProduct, tokens), advantages: tokens.repeating(advantages(group)),
        tokens: tokens, clip: RatioClip(low: 1, high: .infinity))
    }
  }
}

extension Estimator {
  /// REINFORCE (Williams, 1992) without a baseline.
  public static let reinforce = Estimator("reinforce") { $0.rewards }
}
