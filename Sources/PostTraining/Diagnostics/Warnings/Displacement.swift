/// Preferred completions become less likely: the margin grows because the rejected ones fall faster,
/// and what takes their probability is in no pair.
///
/// At -0.1 nats a token a completion of ten tokens has lost two thirds of its probability. Ten
/// steps, so that one step's pairs do not decide.
struct Displacement: WarningRule {
  static let name = "chosen_displaced"
  static let steps = 10
  static let shift = -0.1

  private var shifts = RecentValues()

  mutating func observe(_ metrics: [String: Double]) -> String? {
    guard let shift = metrics["logps/chosen_shift"] else { return nil }
    shifts.append(shift, keeping: Self.steps)
    guard shifts.count == Self.steps, shifts.mean < Self.shift else { return nil }
    return "the chosen completions' log-probability fell by \(rounded(-shifts.mean)) nats a token "
      + "below the reference's in the last \(Self.steps) steps; try the loss sft beside, a higher "
      + "beta, apo_zero or nca_pair, or a score that is length_normalized"
  }
}
