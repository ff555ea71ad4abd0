import Configuration

/// Catches groups that succeed too seldom or too often: those between teach the most.
///
/// A group passes where `lo ≤ success ≤ hi`, over the rollouts that could be judged; one without
/// any verdict is caught.
public struct BandPassGate: Gate {
  public static let name = "band_pass"

  public struct Config: GateConfig {
    public var lo = 0.1
    public var hi = 0.9
    public var action = GateAction.skip
    public var maxResample = 0
    public var onExhausted = Shortage.train
    public init() {}
    public static let keys: [KeyDescription] = [
      KeyDescription("lo", "success of a group from which it passes", "0...1"),
      KeyDescription("hi", "success of a group up to which it passes", "0...1"),
      .gateAction, .maxResample, .onExhausted,
    ]

    public func validate() throws(ConfigError) {
      guard lo <= hi else {
        throw ConfigError(path: "lo", reason: "at most hi (\(hi)), found \(lo)")
      }
      try checkSwitches()
    }
  }

  public var state = GateCounts()
  public let config: Config

  public init(_ config: Config) { self.config = config }

  public func admits(_ group: FinishedGroup) -> Bool {
    group.success.map { config.lo <= $0 && $0 <= config.hi } ?? false
  }
}
