import Configuration

/// Learning again from groups that earlier steps sampled.
public struct ReplayConfig: ConfigBlock, Equatable {
  public var groups = 0
  public var capacity = 256
  public var ratioCap: Double = 2
  public init() {}

  public static let keys = [
    KeyDescription("groups", "groups of earlier steps that each step adds; 0 is off", "0..."),
    KeyDescription("capacity", "groups kept, of which the oldest leave first", "1..."),
    KeyDescription(
      "ratio_cap", "a replayed token weighs π_now/π_behavior, at most this", ">0"),
  ]

  public var isOn: Bool { groups > 0 }

  public func validate() throws(ConfigError) {
    if !isOn && (capacity != Self().capacity || ratioCap != Self().ratioCap) {
      throw ConfigError(
        path: capacity != Self().capacity ? "capacity" : "ratio_cap",
        reason: "not read while \"groups\" is 0")
    }
    if groups > capacity {
      throw ConfigError(
        path: "capacity", reason: "expected at least groups \(groups), found \(capacity)")
    }
  }
}
