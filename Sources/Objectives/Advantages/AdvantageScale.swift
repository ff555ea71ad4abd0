/// What a reward's distance from its baseline is divided by.
public enum AdvantageScale: String, Codable, CaseIterable, Sendable {
  /// Nothing (Dr. GRPO).
  case none
  /// `s + η`, the group's own sample deviation (GRPO).
  case group
  /// `s + η`, the sample deviation of all rewards of the step.
  case batch
  /// The group's mean; a group whose mean is not above 0 gets 0 (MaxRL, as published).
  case mean
  /// `max(mean, 1 / G)`: as `mean`, and no success weighs more than `G`.
  case maxMean = "max_mean"
}
