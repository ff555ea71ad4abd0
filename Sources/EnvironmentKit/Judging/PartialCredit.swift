import Configuration

/// What a wrong but well-formed answer earns, in `0..<1`, before the file's cap.
public protocol PartialCredit: Component {
  /// The most that this rule pays; at most half of a success.
  var maximum: Double { get }
  func credit(_ answer: ArraySlice<UInt8>, against gold: [UInt8]) -> Double
}

/// The cap that all rules share.
public struct PartialCreditConfig: ConfigBlock {
  public var max = 0.3
  public init() {}
  public static let keys = [
    KeyDescription("max", "the most that a wrong answer earns, of a success", "0...0.5")
  ]
}

/// Nothing for a wrong answer.
public struct NoCredit: PartialCredit {
  public static let name = "none"
  public struct Config: ConfigBlock {
    public init() {}
    public static let keys: [KeyDescription] = []
  }
  public var maximum: Double { 0 }
  public init(_ config: Config) {}
  public func credit(_ answer: ArraySlice<UInt8>, against gold: [UInt8]) -> Double { 0 }
}
