import LanguageModels
import Objectives
import TensorCore

/// What a batch's loss is once a model has said what its tokens are worth: no model, no run.
struct GRPOObjective {
  let config: GRPOConfig

  /// The divergence that joins the loss, if one does.
  var divergence: KLEstimator? {
    config.beta > 0 && config.klIn == .loss ? config.klEstimator : nil
  }

  /// - Parameter referenceLogProbs: `[M]`, read where `divergence` is sampled.
  func callAsFunction(
    of statistics: TokenStatistics, referenceLogProbs: Tensor?, on batch: GRPO.Batch
  ) -> Objective {
    let ratios = ImportanceRatios(
      logProbs: statistics.logProbs, behaviorLogProbs: batch.behaviorLogProbs, tokens: batch.tokens,
      level: config.importanceSamplingLevel)
    return surrogate(ratios, statistics.logProbs, batch).regularized(
      statistics,
      divergences: divergence?.divergences(statistics, ratios, reference: referenceLogProbs),
      beta: config.beta, entropyCoef: config.entropyCoef, tokens: batch.tokens)
  }

  /// Masks and corrections are of the surrogate alone: divergence and entropy keep every token.
  private func surrogate(
    _ ratios: ImportanceRatios, _ logProbs: Tensor, _ batch: GRPO.Batch
  ) -> Objective {
    var tokens = batch.tokens
    var metrics = Metrics()
    if let factors = batch.factors { tokens = tokens.weighted(by: factors) }
    if config.offPolicyMaskThreshold > 0 {
      let mask = offPolicyMask(
        logProbs: logProbs, behaviorLogProbs: batch.behaviorLogProbs,
        advantages: batch.advantages, threshold: Float(config.offPolicyMaskThreshold),
        tokens: batch.tokens)
      tokens = tokens.weighted(by: mask)
      metrics.record("off_policy_mask/kept", .mean(of: mask.values))
    }
    var objective = config.surrogateLaw(
      ratios, logProbs: logProbs, behaviorLogProbs: batch.behaviorLogProbs,
      advantages: batch.advantages, tokens: tokens)
    objective.metrics.merge(metrics)
    return objective
  }
}
