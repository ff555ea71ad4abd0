import Objectives
import TensorCore

extension Estimator {
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
    Estimator("kl: k3 in the reward", divergence) { group in
      let divergences = k3Divergences(
        logProbs: group.behaviorLogProbs, referenceLogProbs: group.referenceLogProbs)
      return group.sums(divergences.values.map { -Double($0) })
    },
    Estimator("kl: k1 in the reward, compared", divergence) { group in
      groupRelativeAdvantages(
        group.sampledDivergences.map { -$0 }, AdvantageRule(baseline: .leaveOneOut))
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
