import Foundation
import TensorCore

/// A leash to a reference: `coefficient · Σ w · d`.
///
/// `divergences` are the exact `KL(policy ‖ reference)` of each token's distribution, or one of the
/// estimators below. What they do on average to an on-policy gradient differs: exact, k2 and ratio
/// times k3 pull like the reverse KL; bare k3 like the forward KL; k1 not at all, so that there is
/// no tensor form of it.
public func klPenalty(
  _ divergences: Tensor,  // [M]
  coefficient: Float,
  tokens: TrainedTokens
) -> Objective {
  tokens.check(divergences, "klPenalty")
  return Objective(
    loss: (tokens.weights * divergences).sum() * coefficient,
    metrics: Metrics(["kl": .mean(of: divergences.values)]))
}

/// Schulman's k2, `(logProbs - referenceLogProbs)² / 2`: its gradient is the reverse KL's.
public func k2Divergences(logProbs: Tensor, referenceLogProbs: Tensor) -> Tensor {  // [M]
  let difference = logProbs - referenceLogProbs
  return difference * difference * 0.5
}

/// Schulman's k3, `exp(d) - d - 1` with `d = referenceLogProbs - logProbs`: unbiased, not negative.
///
/// As a loss its gradient is the forward KL's; multiplied by ratios that are not detached it is
/// the reverse KL's, and stays unbiased off policy.
public func k3Divergences(
  logProbs: Tensor, referenceLogProbs: Tensor, correctedBy ratios: ImportanceRatios? = nil
) -> Tensor {  // [M]
  let difference = referenceLogProbs - logProbs
  let divergences = difference.exponential() - difference - 1
  guard let ratios else { return divergences }
  return divergences * ratios.values
}

/// Schulman's k1, `logProbs - referenceLogProbs`, to be taken off a reward.
///
/// Numbers, not a tensor: in a loss its expected gradient is zero and would regularize nothing.
public func k1Divergences(logProbs: [Float], referenceLogProbs: [Float]) -> [Double] {
  differences(logProbs, referenceLogProbs, "k1Divergences")
}

/// Schulman's k3 as numbers, `exp(-d) + d - 1` with `d` the k1 above, to be taken off a reward.
public func k3Divergences(logProbs: [Float], referenceLogProbs: [Float]) -> [Double] {
  differences(logProbs, referenceLogProbs, "k3Divergences").map { expm1(-$0) + $0 }
}

private func differences(_ a: [Float], _ b: [Float], _ name: String) -> [Double] {
  precondition(
    a.count == b.count, "\(name): \(a.count) and \(b.count) log-probabilities differ")
  return zip(a, b).map { Double($0) - Double($1) }
}
