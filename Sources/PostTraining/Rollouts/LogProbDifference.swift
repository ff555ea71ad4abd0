import Objectives
import TensorCore

extension Metrics {
  /// The first law, at every on-policy step: what the sampler recorded is what training computes.
  mutating func recordLogProbDifference(_ logProbs: Tensor, _ behaviorLogProbs: Tensor) {
    let largest = zip(logProbs.values, behaviorLogProbs.values)
      .reduce(0.0) { max($0, abs(Double($1.0) - Double($1.1))) }
    record("sampling/logp_difference_max", .maximum(largest))
  }
}
