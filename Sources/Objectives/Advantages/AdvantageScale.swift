/// What a reward's distance from its group's mean is divided by.
public enum AdvantageScale: String, Codable, CaseIterable, Sendable {
  /// `r - mean`: nothing (Dr. GRPO).
  case none
  /// `(r - mean) / (s + η)` with the group's own sample deviation (GRPO).
  case group
  /// `(r - mean) / (s + η)` with the sample deviation of all rewards of the step.
  case batch
  /// `r - mean of the others`: the distance times `G / (G - 1)` (RLOO).
  case leaveOneOut = "leave_one_out"
  /// `(r - mean) / max(mean, 1 / G)`: a rare success weighs more (MaxRL).
  case maxMean = "max_mean"
}
