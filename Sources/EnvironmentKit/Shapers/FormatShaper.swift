import Configuration

/// A bonus for an answer of the expected form, right or wrong, that goes away with the steps.
///
/// `weight · max(0, 1 - step / decay_steps)` where the verdict found an answer. A form pays until
/// the policy has learned it and no longer: where more than a fifth of a step's reward went to
/// forms without success for 200 steps in a row, the event `format_hacking` says so.
public struct FormatShaper: RewardShaper {
  public static let name = "format"
  static let hackingShare = 0.2
  static let hackingSteps = 200

  public struct Config: ConfigBlock {
    public var weight = 0.1
    public var decaySteps = 200
    public init() {}
    public static let keys = [
      KeyDescription("weight", "what an answer of the expected form earns at first", "0...0.2"),
      KeyDescription("decay_steps", "steps in which that falls to 0 in a straight line", "1..."),
    ]
  }

  public struct State: Codable, Sendable, Equatable {
    /// Steps in a row in which forms without success took more than their share.
    public var suspiciousSteps = 0
    public var hasWarned = false
  }

  public var state = State()
  public var bound: Double { config.weight }
  private let config: Config

  public init(_ config: Config, _ context: ShapingContext) { self.config = config }

  public func shape(_ rewards: [Double?], of group: ShapedGroup, step: Int) -> [Double?] {
    let bonus = config.weight * max(0, 1 - Double(step) / Double(config.decaySteps))
    return rewards.adding { group.finished.verdicts[$0].isParsed ? bonus : 0 }
  }

  public mutating func finish(_ tally: ShapingTally) -> [HookEvent] {
    let part = tally.terms[Self.name]?.withoutSuccess ?? 0
    let isSuspicious = part > 0 && part > Self.hackingShare * tally.total
    state.suspiciousSteps = isSuspicious ? state.suspiciousSteps + 1 : 0
    guard state.suspiciousSteps == Self.hackingSteps else { return [] }
    defer { state.hasWarned = true }
    return [
      HookEvent(
        Self.alarm, ["without_success": JSON(part), "reward": JSON(tally.total)],
        warning: state.hasWarned ? "" : Self.advice)
    ]
  }

  private static let alarm = "format_hacking"
  private static let advice =
    "for \(hackingSteps) steps more than a fifth of the reward went to answers of the right form "
    + "without success; try a lower weight or fewer decay_steps of the shaper format, or easier "
    + "levels"
}
