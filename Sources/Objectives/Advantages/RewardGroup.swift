/// One problem's rollouts as advantages see them.
public struct RewardGroup: Sendable, Equatable {
  /// `nil` is a rollout without a verdict.
  public var rewards: [Double?]
  /// Trained tokens of each rollout; read by the length-weighted baseline alone.
  public var lengths: [Int]
  /// Of the policy's most probable completion; read by the greedy baseline alone.
  public var greedyReward: Double?

  public init(_ rewards: [Double?], lengths: [Int] = [], greedyReward: Double? = nil) {
    precondition(
      lengths.isEmpty || lengths.count == rewards.count,
      "RewardGroup: \(rewards.count) rewards and \(lengths.count) lengths differ")
    (self.rewards, self.lengths, self.greedyReward) = (rewards, lengths, greedyReward)
  }
}
