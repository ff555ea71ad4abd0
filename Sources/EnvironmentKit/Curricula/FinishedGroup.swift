/// All rollouts of one problem with their raw verdicts, before any shaping.
public struct FinishedGroup: Sendable {
  public let level: Int
  public let key: String
  public let verdicts: [Verdict]
  /// Tokens of each completion.
  public let lengths: [Int]
  /// Whether each completion ended without a stop.
  public let isTruncated: [Bool]

  public init(
    level: Int, key: String, verdicts: [Verdict], lengths: [Int], isTruncated: [Bool]
  ) {
    precondition(
      verdicts.count == lengths.count && verdicts.count == isTruncated.count,
      "FinishedGroup: \(verdicts.count) verdicts, \(lengths.count) lengths, "
        + "\(isTruncated.count) truncations")
    (self.level, self.key, self.verdicts) = (level, key, verdicts)
    (self.lengths, self.isTruncated) = (lengths, isTruncated)
  }

  /// Raw rewards of the rollouts that could be judged.
  public var scores: [Double] { verdicts.compactMap(\.score) }

  /// Share of successes among the rollouts that could be judged; `nil` when none could.
  public var success: Double? {
    let judged = verdicts.filter { $0.score != nil }
    guard !judged.isEmpty else { return nil }
    return Double(judged.filter(\.isSuccess).count) / Double(judged.count)
  }
}
