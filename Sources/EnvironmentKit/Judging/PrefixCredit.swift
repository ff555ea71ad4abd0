/// The longest common prefix over the longer length.
public struct PrefixCredit: PartialCredit {
  public static let name = "prefix"
  public let maximum: Double

  public init(_ config: PartialCreditConfig) { maximum = config.max }

  public func credit(_ answer: ArraySlice<UInt8>, against gold: [UInt8]) -> Double {
    let common = zip(answer, gold).prefix { $0.0 == $0.1 }.count
    return Double(common) / Double(max(answer.count, gold.count, 1))
  }
}
