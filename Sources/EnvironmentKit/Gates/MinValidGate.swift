import Configuration

/// Catches groups of which fewer than `n` rollouts could be judged: too few to compare.
public struct MinValidGate: Gate {
  public static let name = "min_valid"

  public struct Config: GateConfig {
    public var n = 2
    public var action = GateAction.skip
    public var maxResample = 0
    public var onExhausted = Shortage.train
    public init() {}
    public static let keys: [KeyDescription] = [
      KeyDescription("n", "rollouts with a verdict from which a group passes", "1..."),
      .gateAction, .maxResample, .onExhausted,
    ]
  }

  public var state = GateCounts()
  public let config: Config

  public init(_ config: Config) { self.config = config }

  public func admits(_ group: FinishedGroup) -> Bool { group.scores.count >= config.n }
}
