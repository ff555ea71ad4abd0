import Configuration

/// Catches groups of which more than a fraction was cut off: what they earned says little.
///
/// DAPO's overlong filtering (Yu et al., 2025, section 3.4) for whole groups: a group passes where
/// `truncated / rollouts ≤ fraction`.
public struct MaxTruncatedGate: Gate {
  public static let name = "max_truncated"

  public struct Config: GateConfig {
    public var fraction = 0.5
    public var action = GateAction.skip
    public var maxResample = 0
    public var onExhausted = Shortage.train
    public init() {}
    public static let keys: [KeyDescription] = [
      KeyDescription("fraction", "truncated share of a group up to which it passes", "0...1"),
      .gateAction, .maxResample, .onExhausted,
    ]
  }

  public var state = GateCounts()
  public let config: Config

  public init(_ config: Config) { self.config = config }

  public func admits(_ group: FinishedGroup) -> Bool {
    let truncated = group.isTruncated.count { $0 }
    return Double(truncated) <= config.fraction * Double(group.isTruncated.count)
  }
}
