/// Matches at equal index over the longer length.
public struct PositionsCredit: PartialCredit {
  public static let name = "positions"
  public let maximum: Double

  public init(_ config: PartialCreditConfig) { maximum = config.max }

  public func credit(_ answer: ArraySlice<UInt8>, against gold: [UInt8]) -> Double {
    let matches = zip(answer, gold).reduce(0) { $1.0 == $1.1 ? $0 + 1 : $0 }
    return Double(matches) / Double(max(answer.count, gold.count, 1))
  }
}
