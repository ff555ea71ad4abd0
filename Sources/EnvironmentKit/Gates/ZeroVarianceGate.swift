import Configuration

/// Catches groups whose raw rewards are all equal: they have no advantage to learn from.
///
/// The dynamic sampling of DAPO (Yu et al., 2025, section 3.2). Equality is exact and over the
/// whole group: a deviation of 0 up to rounding would be a guess, and a group has either equal
/// rewards or not. Rollouts without a verdict do not take part; a group without any verdict is
/// caught too.
public struct ZeroVarianceGate: Gate {
  public static let name = "zero_variance"

  public struct Config: GateConfig {
    public var action = GateAction.skip
    public var maxResample = 0
    public var onExhausted = Shortage.train
    public init() {}
    public static let keys: [KeyDescription] = [.gateAction, .maxResample, .onExhausted]
  }

  public var state = GateCounts()
  public let config: Config

  public init(_ config: Config) { self.config = config }

  public func admits(_ group: FinishedGroup) -> Bool {
    let scores = group.scores
    return scores.contains { $0 != scores[0] }
  }
}
