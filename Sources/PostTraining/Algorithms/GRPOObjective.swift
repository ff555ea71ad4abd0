import LanguageModels
import Objectives
import TensorCore

/// What a batch's loss is once a model has said what its tokens are worth: no model, no run.
struct GRPOObjective {
  let config: GRPOConfig

  /// The divergence that joins the loss, if one does.
  var divergence: GRPOConfig.KLEstimator? {
    config.beta > 0 && config.klIn == .loss ? config.klEstimator : nil
  }

  /// - Parameter referenceLogProbs: `[M]`, read where `divergence` is sampled.
  func callAsFunction(
    of statistics: TokenStatistics, referenceLogProbs: Tensor?, on batch: GRPO.Batch
  ) -> Objective {
    let ratios = ImportanceRatios(
      logProbs: statistics.logProbs, behaviorLogProbs: batch.behaviorLogProbs, tokens: batch.tokens,
      level: config.importanceSamplingLevel)
    var objective = surrogate(ratios, statistics.logProbs, batch)
    if let divergence {
      let divergences =
        divergence == .exact
        ? statistics.divergences
        : sampledDivergences(statistics.logProbs, ratios, reference: referenceLogProbs)
      objective =
        objective + klPenalty(divergences, coefficient: Float(config.beta), tokens: batch.tokens)
    }
    if config.entropyCoef > 0 {
      objective =
        objective
        + entropyBonus(
          statistics.entropies, coefficient: Float(config.entropyCoef), tokens: batch.tokens)
    } else {
      objective.metrics.record("entropy", .mean(of: statistics.entropies.values))
    }
    return objective
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

  private func sampledDivergences(
    _ logProbs: Tensor, _ ratios: ImportanceRatios, reference: Tensor?
  ) -> Tensor {
    guard let reference else {
      preconditionFailure("GRPOObjective: a sampled divergence needs the reference's logProbs")
    }
    return config.klEstimator == .k2
      ? k2Divergences(logProbs: logProbs, referenceLogProbs: reference)
      : k3Divergences(logProbs: logProbs, referenceLogProbs: reference, correctedBy: ratios)
  }
}
