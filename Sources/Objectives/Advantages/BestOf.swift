/// What one reward adds to the best of `k` drawn from a group, on average over the draws.
///
/// `E max(0, r - max T)` over the `(k - 1)`-subsets `T` of the others, so that `k / G · Σ A ∇log π`
/// estimates the gradient of `E max` of `k` without bias: Walder and Karkhanis, "Pass@K Policy
/// Optimization" (2025). With `k` the whole group it is Tang et al.'s (2025): the best one gets its
/// lead over the second, all others 0.
struct BestOf {
  private let sorted: [Double]
  /// Of `k - 1` others, the probability that the largest has this rank among them.
  private let probabilities: [Double]

  /// - Parameter k: more than the group has, or 0, is the whole group.
  init(_ k: Int, among rewards: [Double]) {
    sorted = rewards.sorted()
    let others = rewards.count - 1
    let drawn = (k == 0 ? rewards.count : min(k, rewards.count)) - 1
    // P(largest rank ≤ m) = C(m, d) / C(n, d), down from 1 at the top: a product, no factorial.
    var (below, probabilities) = (1.0, Array(repeating: 0.0, count: max(others, 0)))
    for rank in stride(from: others, to: 0, by: -1) {
      let next = below * max(0, Double(rank - drawn)) / Double(rank)
      (probabilities[rank - 1], below) = (below - next, next)
    }
    self.probabilities = drawn > 0 ? probabilities : []
  }

  /// For one of the rewards themselves.
  func gain(of reward: Double) -> Double {
    guard !probabilities.isEmpty else { return sorted.count > 1 ? reward : 0 }
    var others = sorted
    others.remove(at: sorted.firstIndex(of: reward) ?? 0)
    return zip(others, probabilities).reduce(0) { $0 + max(0, reward - $1.0) * $1.1 }
  }
}
