import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore

/// How the divergence from the reference is measured, as a configuration names it.
public enum KLEstimator: String, Codable, Sendable, CaseIterable {
  case exact, k1, k2, k3

  /// Of each token: of whole distributions, or from what was sampled and the reference's
  /// log-probabilities of it.
  func divergences(
    _ statistics: TokenStatistics, _ ratios: ImportanceRatios, reference: Tensor?
  ) -> Tensor {  // [M]
    if self == .exact { return statistics.divergences }
    guard let reference else {
      preconditionFailure("KLEstimator: \(rawValue) needs the reference's logProbs")
    }
    return self == .k2
      ? k2Divergences(logProbs: statistics.logProbs, referenceLogProbs: reference)
      : k3Divergences(
        logProbs: statistics.logProbs, referenceLogProbs: reference, correctedBy: ratios)
  }
}

extension BoundModels {
  /// The policy's statistics, and the reference's log-probabilities where `divergence` is sampled;
  /// where it is exact, the statistics hold it.
  func statistics(
    of packed: PackedTokens, hidden: Tensor, temperature: Float, divergence: KLEstimator?
  ) -> (policy: TokenStatistics, reference: Tensor?) {
    let isExact = divergence == .exact
    let statistics = self[.policy].statistics(
      of: packed, hidden: hidden, temperature: temperature,
      other: isExact ? self[.reference] : nil, divergence: isExact ? .reverseKL : .none)
    guard divergence != nil, !isExact else { return (statistics, nil) }
    let reference = self[.reference].statistics(of: packed, temperature: temperature).logProbs
    return (statistics, reference.detached)
  }
}

extension Objective {
  /// This one with the leash to the reference and the reward for spread that a stage asks for.
  func regularized(
    _ statistics: TokenStatistics, divergences: Tensor?, beta: Double, entropyCoef: Double,
    tokens: TrainedTokens
  ) -> Objective {
    var objective = self
    if let divergences {
      objective = objective + klPenalty(divergences, coefficient: Float(beta), tokens: tokens)
    }
    if entropyCoef > 0 {
      return objective
        + entropyBonus(statistics.entropies, coefficient: Float(entropyCoef), tokens: tokens)
    }
    objective.metrics.record("entropy", .mean(of: statistics.entropies.values))
    return objective
  }
}
