/// What a rollout's reward is compared with.
public enum AdvantageBaseline: String, Codable, CaseIterable, Sendable {
  /// The mean of its group (GRPO).
  case groupMean = "group_mean"
  /// The mean of the others of its group: `G / (G - 1)` times the distance from the mean (RLOO).
  case leaveOneOut = "leave_one_out"
  /// `Σ n r / Σ n` over its group, by trained tokens: for sums over tokens, the baseline of about
  /// least variance (Hao et al., "On-Policy RL with Optimal Reward Baseline", 2025).
  case lengthWeighted = "length_weighted"
  /// What the policy's most probable completion earned (ReMax).
  case greedy
  /// `E max(0, r - max of k - 1 others)`: what it adds to the best of `k`, for pass@k.
  case bestOfOthers = "best_of_others"
  /// Nothing: for whitening over the step, which takes the step's mean off (REINFORCE++).
  case none

  /// Whether it is taken from the group's own rollouts, so that equal rewards give exactly 0.
  public var isRelative: Bool { self != .greedy && self != .none }
}
