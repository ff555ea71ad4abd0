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
    let divergence = config.beta > 0 && config.klIn == .loss ? config.klEstimator : nil
    let (statistics, reference) = models.statistics(
      of: batch.packed, hidden: hidden, temperature: Float(config.temperature),
      divergence: divergence)
    let ratios = ImportanceRatios(
      logProbs: statistics.logProbs, behaviorLogProbs: batch.behaviorLogProbs,
      tokens: batch.tokens, level: .token)
    var objective = clippedSurrogate(
      ratios, advantages: batch.advantages, tokens: batch.tokens,
      clip: RatioClip(low: Float(config.epsilon), high: Float(config.epsilonHigh))
    ).regularized(
      statistics, divergences: divergence?.divergences(statistics, ratios, reference: reference),
      beta: beta, entropyCoef: config.entropyCoef, tokens: batch.tokens)
    if batch.isOnPolicy {
      objective.metrics.recordLogProbDifference(statistics.logProbs, batch.behaviorLogProbs)
    }
    return objective
  }
}
