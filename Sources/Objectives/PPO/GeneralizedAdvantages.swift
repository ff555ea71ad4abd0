/// Each token's advantage over the value function, and what the value should have been.
public struct AdvantageEstimate: Sendable, Equatable {
  public var advantages: [Double]  // [n]
  /// `advantages + values`, before any whitening of the advantages.
  public var returns: [Double]  // [n]

  public init(advantages: [Double], returns: [Double]) {
    (self.advantages, self.returns) = (advantages, returns)
  }
}

/// Generalized advantage estimation over one sequence's sampled tokens.
///
/// `δ_t = r_t + γ V_{t+1} - V_t`, `Â_t = δ_t + γλ Â_{t+1}`, `R_t = Â_t + V_t`; Schulman et al.,
/// "High-Dimensional Continuous Control Using Generalized Advantage Estimation" (2016), equation 16.
///
/// - Parameter bootstrap: `V` after the last token; 0 where the episode is over.
public func generalizedAdvantages(
  rewards: [Double], values: [Double], gamma: Double, lambda: Double, bootstrap: Double = 0
) -> AdvantageEstimate {
  precondition(
    rewards.count == values.count,
    "generalizedAdvantages: \(rewards.count) rewards and \(values.count) values differ")
  var advantages = rewards
  var (next, nextValue) = (0.0, bootstrap)
  for t in rewards.indices.reversed() {
    next = rewards[t] + gamma * nextValue - values[t] + gamma * lambda * next
    (advantages[t], nextValue) = (next, values[t])
  }
  return AdvantageEstimate(
    advantages: advantages, returns: zip(advantages, values).map { $0 + $1 })
}
