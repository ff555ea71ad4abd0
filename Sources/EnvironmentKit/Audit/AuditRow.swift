import Configuration

/// What one trap's cheap policies earned in an environment.
public struct AuditRow: Codable, Sendable, Equatable {
  public enum Status: String, Codable, Sendable {
    case passed, failed
    case notApplicable = "not_applicable"
  }

  public let trap: Trap
  public let title: String
  public let status: Status
  /// The worst figure of the trap's policies: a mean score, or a count for H16.
  public let figure: Double
  /// What the figure may reach: at most, but at least for H18.
  public let bound: Double
  /// Mutations that were equal to the gold answer, or a parameter for the policies that were run.
  public let skipped: Int
  /// The worst policy, or why the trap does not apply.
  public let reason: String

  init(
    _ trap: Trap, _ status: Status, figure: Double = 0, bound: Double = 0, skipped: Int = 0,
    reason: String
  ) {
    (self.trap, self.title, self.status) = (trap, trap.title, status)
    (self.figure, self.bound, self.skipped, self.reason) = (figure, bound, skipped, reason)
  }
}

/// How thorough an audit is.
public struct AuditOptions: Sendable {
  /// Held-out problems that each policy answers.
  public var items = 1000
  /// Problems of each level whose gold answer must be right (H18).
  public var goldItems = 10_000
  /// Draws of the train split among which no held-out key may be (H16).
  public var trainingDraws = 1_000_000
  /// The longest that judging a huge answer may take (H08).
  public var verdictTime = Duration.milliseconds(1)

  public init() {}
}
