/// The advantages of one sequence's sampled tokens: what is still to come, discounted.
///
/// `A_t = Σ_{s ≥ t} γ^{s-t} r_s`, with the sequence's own advantage on its last token and
/// `-β k_s` on each: without divergence and discount every token has the sequence's advantage.
///
/// - Parameter divergences: `k_s` of each sampled token; `[n]`.
public func tokenAdvantages(
  of advantage: Double, divergences: [Double], beta: Double, gamma: Double
) -> [Double] {  // [n]
  let rewards = tokenRewards(score: advantage, divergences: divergences, beta: beta)
  let none = Array(repeating: 0.0, count: rewards.count)
  // Against a value function that knows nothing, with λ = 1, an advantage is the return.
  return generalizedAdvantages(rewards: rewards, values: none, gamma: gamma, lambda: 1).returns
}
