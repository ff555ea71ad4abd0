import Configuration
import LanguageModels
import Objectives
import TensorCore
import Worlds

extension Estimator {
  /// What a `grpo` stage of these keys does with one group: its own advantages, its own loss.
  ///
  /// Gates and shaping are left out: they choose groups and rewards, and a world has all of both.
  init(_ json: JSON, named name: String) throws(ConfigErrors) {
    let config = try read(GRPOConfig.self, from: json)
    let loss = GRPOObjective(config: config)
    let truth = ExactObjective(reverseKL: config.beta, entropy: config.entropyCoef)
    self.init(name, truth) { group in
      let tokens = group.tokens(config.aggregation.law(length: config.maxCompletionLength))
      let mask = topEntropyMask(
        [group.statistics.entropies.values], share: config.topEntropyQuantile)
      let batch = GRPO.Batch(
        packed: PackedTokens(), tokens: tokens, behaviorLogProbs: group.behaviorLogProbs,
        advantages: config.advantages(of: group), isOnPolicy: false, factors: Tensor(mask[0]))
      return loss(
        of: group.statistics, referenceLogProbs: group.referenceLogProbs, on: batch)
    }
  }
}

extension GRPOConfig {
  /// Of each token, as a stage gives them whose step is this group.
  fileprivate func advantages(of group: DrawnGroup) -> Tensor {  // [M]
    let rewards = RewardGroup(
      rewards(of: group), lengths: group.lengths, greedyReward: group.greedyReward)
    let perToken = tokenAdvantages(
      of: groupRelativeAdvantages([rewards], advantageRule)[0],
      divergences: group.tokenDivergences)
    return Tensor(perToken.flatMap { $0.map { Float($0) } })
  }

  /// Rewards less the divergence that belongs to them.
  fileprivate func rewards(of group: DrawnGroup) -> [Double] {
    guard beta > 0, klIn == .reward else { return group.rewards }
    return zip(group.rewards, group.sampledDivergences).map { $0 - beta * $1 }
  }
}
