import Objectives
import TensorCore

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

  /// The ways to keep a policy near its reference: divergences alone, without a reward.
  public static let divergences = [
    penalty("kl: exact") { group, _ in group.statistics.divergences },
    penalty("kl: k1") { group, _ in
      group.statistics.logProbs - group.referenceLogProbs
    },
    penalty("kl: k2") { group, _ in
      k2Divergences(
        logProbs: group.statistics.logProbs, referenceLogProbs: group.referenceLogProbs)
    },
    penalty("kl: k3") { group, _ in
      k3Divergences(
        logProbs: group.statistics.logProbs, referenceLogProbs: group.referenceLogProbs)
    },
    penalty("kl: ratio · k3") { group, tokens in
      k3Divergences(
        logProbs: group.statistics.logProbs, referenceLogProbs: group.referenceLogProbs,
        correctedBy: group.ratios(.token, tokens))
    },
    Estimator("kl: k1 in the reward", divergence) { $0.sampledDivergences.map { -$0 } },
    Estimator("kl: k1 in the reward, leave one out", divergence) { group in
      groupRelativeAdvantages(group.sampledDivergences.map { -$0 }, scale: .leaveOneOut)
    },
  ]

  private static let divergence = ExactObjective(reward: false, reverseKL: 1)

  private static func penalty(
    _ name: String, _ divergences: @escaping @Sendable (DrawnGroup, TrainedTokens) -> Tensor
  ) -> Estimator {
    Estimator(name, divergence) { group in
      let tokens = group.tokens(.sequenceSum)
      return klPenalty(divergences(group, tokens), coefficient: 1, tokens: tokens)
    }
  }
}
