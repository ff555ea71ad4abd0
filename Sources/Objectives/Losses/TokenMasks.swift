import TensorCore

/// The `share` of a step's tokens whose entropy is highest, as 1 and 0; `share` 1 is all of them.
///
/// A token counts whose entropy is at least the `1 - share` quantile, taken with linear
/// interpolation over every token of the step: it couples all of them, so it enters a loss as
/// constants. Wang et al., "Beyond the 80/20 Rule" (2025).
public func topEntropyMask(_ entropies: [[Float]], share: Double) -> [[Float]] {
  precondition((0...1).contains(share), "topEntropyMask: share \(share) is not in 0...1")
  let sorted = entropies.joined().sorted()
  guard share < 1, !sorted.isEmpty else { return entropies.map { $0.map { _ in 1 } } }
  let place = (1 - share) * Double(sorted.count - 1)
  let (below, above) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
  let threshold =
    Double(sorted[below])
    + (Double(sorted[above]) - Double(sorted[below])) * (place - Double(below))
  return entropies.map { $0.map { Double($0) >= threshold ? 1 : 0 } }
}

/// 0 on the bad tokens of sequences that the policy has left behind, 1 elsewhere.
///
/// A token stays where `A ≥ 0`, or where the mean over its sequence of `log π_b - log π` is at most
/// `threshold`: pushing down what the policy no longer says is noise. DeepSeek-AI,
/// "DeepSeek-V3.2" (2025).
public func offPolicyMask(
  logProbs: Tensor,  // [M]
  behaviorLogProbs: Tensor,  // [M]
  advantages: Tensor,  // [M]
  threshold: Float,
  tokens: TrainedTokens
) -> Tensor {  // [M]
  tokens.check(logProbs, "offPolicyMask: logProbs")
  tokens.check(behaviorLogProbs, "offPolicyMask: behaviorLogProbs")
  let differences = (behaviorLogProbs - logProbs.detached) * tokens.shares
  let means = tokens.repeating(tokens.sums(of: differences)).values
  return Tensor(
    zip(advantages.values, means).map { $0 >= 0 || $1 <= threshold ? 1 : 0 })
}
