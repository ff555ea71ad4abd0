import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore

extension PPO {
  public func objective(on batch: Batch, with models: BoundModels) throws -> Objective {
    let policy = models[.policy]
    let rows = batch.packed.targetRows
    guard config.sharedValue != nil || !batch.isWarmup else {
      return valueLoss(on: batch, values(of: batch.packed, models))
    }
    let hidden = policy.hiddenStates(of: batch.packed)
    let values =
      config.sharedValue == nil
      ? values(of: batch.packed, models) : policy.scores(of: hidden, rows: rows)
    return try policyLoss(on: batch, hidden, models) + valueLoss(on: batch, values)
  }

  /// What a value function of its own says of the states before the scored tokens.
  private func values(of packed: PackedTokens, _ models: BoundModels) -> Tensor {  // [M]
    let model = models[.value]
    return model.scores(of: model.hiddenStates(of: packed), rows: packed.targetRows)
  }

  private func valueLoss(on batch: Batch, _ values: Tensor) -> Objective {
    clippedValueLoss(
      values, behaviorValues: batch.behaviorValues, returns: batch.returns,
      clip: config.cliprangeValue > 0 ? Float(config.cliprangeValue) : .infinity,
      coefficient: config.sharedValue.map { Float($0.vfCoef) } ?? 1, tokens: batch.tokens)
  }

  private func policyLoss(
    on batch: Batch, _ hidden: Tensor, _ models: BoundModels
  ) throws -> Objective {
    let usesLossKL = config.beta > 0 && config.klIn == .loss
    let isExact = usesLossKL && config.klEstimator == .exact
    let temperature = Float(config.temperature)
    let statistics = models[.policy].statistics(
      of: batch.packed, hidden: hidden, temperature: temperature,
      other: isExact ? models[.reference] : nil, divergence: isExact ? .reverseKL : .none)
    let ratios = ImportanceRatios(
      logProbs: statistics.logProbs, behaviorLogProbs: batch.behaviorLogProbs,
      tokens: batch.tokens, level: .token)
    var objective = clippedSurrogate(
      ratios, advantages: batch.advantages, tokens: batch.tokens,
      clip: RatioClip(low: Float(config.epsilon), high: Float(config.epsilonHigh)))
    if usesLossKL {
      var divergences = statistics.divergences
      if !isExact {
        let reference = models[.reference].statistics(
          of: batch.packed, temperature: temperature
        ).logProbs.detached
        divergences =
          config.klEstimator == .k2
          ? k2Divergences(logProbs: statistics.logProbs, referenceLogProbs: reference)
          : k3Divergences(
            logProbs: statistics.logProbs, referenceLogProbs: reference, correctedBy: ratios)
      }
      objective =
        objective + klPenalty(divergences, coefficient: Float(beta), tokens: batch.tokens)
    }
    if config.entropyCoef > 0 {
      objective =
        objective
        + entropyBonus(
          statistics.entropies, coefficient: Float(config.entropyCoef), tokens: batch.tokens)
    } else {
      objective.metrics.record("entropy", .mean(of: statistics.entropies.values))
    }
    if batch.isOnPolicy {
      objective.metrics.recordLogProbDifference(statistics.logProbs, batch.behaviorLogProbs)
    }
    return objective
  }
}
