import Configuration
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore

/// What a micro-batch of pairs comes to.
extension DPO {
  public func objective(on batch: Batch, with models: BoundModels) throws -> Objective {
    let statistics = models[.policy].statistics(of: batch.packed, temperature: temperature)
    let evidence = evidence(batch, logProbs: statistics.logProbs)
    let beta = Float(config.beta)
    let plain = batch.referenceLogProbs.map { batch.tokens.sums(of: $0) }
    var metrics = pairMetrics(
      logProbs: evidence.logProbs, reference: plain, tokens: batch.tokens, beta: beta)
    metrics.record("entropy", .mean(of: statistics.entropies.values))
    var sum: Tensor?
    for variant in config.losses {
      let values = variant.loss.values(evidence, beta: beta)
      let weighed = batch.weights * values
      metrics.record("losses/\(variant.type)", .sum(Double(weighed.sum().value)))
      let term = values * Float(variant.loss.weight)
      sum = sum.map { $0 + term } ?? term
    }
    let recorded = zip(statistics.logProbs.values, batch.sampledLogProbs).filter { !$1.isNaN }
    if !recorded.isEmpty {
      metrics.recordLogProbDifference(Tensor(recorded.map(\.0)), Tensor(recorded.map(\.1)))
    }
    if config.reads.contains(.referencePoint) {
      metrics.record(
        "kto/reference_point", .mean(sum: batch.coupling.referencePoint, weight: 1))
    }
    let total = sum ?? .zeros([batch.tokens.count])
    return Objective(loss: (batch.weights * total).sum(), metrics: metrics)
  }

  /// How the file's held-out pairs are ranked; sampled pairs are judged by held-out success.
  public func evaluate(with models: BoundModels) throws -> Metrics {
    guard config.dataFile != nil else { return Metrics() }
    let pairs = try source.heldOut(atMost: .max, with: models)
    var all = Metrics()
    for batch in batches(of: pairs) {
      let reference =
        config.reads.contains(.reference) ? logProbs(batch, models[.reference]) : nil
      all.merge(
        pairMetrics(
          logProbs: batch.tokens.sums(of: logProbs(batch, models[.policy])),
          reference: reference.map { batch.tokens.sums(of: $0) }, tokens: batch.tokens,
          beta: Float(config.beta)))
    }
    let names = ["rewards/accuracies", "rewards/margins"]
    return Metrics(
      Dictionary(
        uniqueKeysWithValues: names.compactMap { name in
          all.values[name].map { ("eval/\(name)", $0) }
        }))
  }

  func evidence(_ batch: Batch, logProbs: Tensor) -> PairEvidence {
    let tail = Float(config.ldAlpha)
    return PairEvidence(
      tokens: batch.tokens, logProbs: batch.tokens.sums(of: logProbs),
      sums: batch.tokens.sums(of: logProbs, tail: tail),
      referenceSums: batch.referenceLogProbs.map { batch.tokens.sums(of: $0, tail: tail) },
      coupling: batch.coupling, pairsPerChosenToken: batch.pairsPerChosenToken)
  }

  func logProbs(_ batch: Batch, _ model: any LanguageModel) -> Tensor {
    model.statistics(of: batch.packed, temperature: temperature).logProbs.detached
  }
}
