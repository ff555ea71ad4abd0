/// Equal digits counted from the right over the longer number; the sign must match.
public struct DigitsCredit: PartialCredit {
  public static let name = "digits"
  public let maximum: Double

  public init(_ config: PartialCreditConfig) { maximum = config.max }

  public func credit(_ answer: ArraySlice<UInt8>, against gold: [UInt8]) -> Double {
    let minus = UInt8(ascii: "-")
    guard (answer.first == minus) == (gold.first == minus) else { return 0 }
    let found = answer.drop { $0 == minus }
    let expected = gold.drop { $0 == minus }
    let matches = zip(found.reversed(), expected.reversed()).reduce(0) {
      $1.0 == $1.1 && $1.0.isDigit ? $0 + 1 : $0
    }
    return Double(matches) / Double(max(found.count, expected.count, 1))
  }
}
