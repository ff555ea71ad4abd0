/// Most completions end at their limit, without a stop: what is judged is not what was meant.
///
/// Above one half, the typical completion is one that was cut off: its reward says how long it is,
/// not how good. Ten steps, so that the first groups of a policy that has yet to learn its stop do
/// not count alone.
struct MostTruncated: WarningRule {
  static let name = "most_truncated"
  static let steps = 10
  static let share = 0.5

  private var shares = RecentValues()

  mutating func observe(_ metrics: [String: Double]) -> String? {
    guard let share = metrics["completions/clipped_ratio"] else { return nil }
    shares.append(share, keeping: Self.steps)
    guard shares.count == Self.steps, shares.mean > Self.share else { return nil }
    return
      "\(percent(shares.mean)) of the completions of the last \(Self.steps) steps were cut off "
      + "at their limit; try a larger max_completion_length, more SFT on answers that stop, or the "
      + "gate max_truncated"
  }
}
