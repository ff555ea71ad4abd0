import Configuration

/// Weights that an optimizer treats apart.
public struct ParameterGroup: ConfigBlock, Equatable {
  public var match: [String] = []
  public var learningRateScale: Double = 1
  public var weightDecay: Double = 0
  public init() {}

  public static let keys = [
    KeyDescription("match", "texts, one of which the weight's name contains"),
    KeyDescription("learning_rate_scale", "multiplies the scheduled rate; 0 freezes", "0..."),
    KeyDescription("weight_decay", "in place of the optimizer's, for matrices or not", "0..."),
  ]

  public func validate() throws(ConfigError) {
    if match.isEmpty || match.contains("") {
      throw ConfigError(path: "match", reason: "expected texts that are not empty")
    }
  }

  public func includes(_ name: String) -> Bool { match.contains { name.contains($0) } }
}
