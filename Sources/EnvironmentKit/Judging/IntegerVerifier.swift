import Configuration

/// Integers of any length in the grammar `0|-?[1-9][0-9]*`, widened only by the options.
public struct IntegerVerifier: AnswerVerifier {
  public static let name = "integer"

  public struct Config: ConfigBlock {
    public var plus = false
    public var leadingZeros = false
    public var grouping = false
    public init() {}
    public static let keys = [
      KeyDescription("plus", "whether +5 is 5"),
      KeyDescription("leading_zeros", "whether 007 is 7"),
      KeyDescription("grouping", "whether 1,000 is 1000"),
    ]
  }

  let config: Config

  public init(_ config: Config) { self.config = config }

  public func canonical(_ answer: ArraySlice<UInt8>) -> [UInt8]? {
    var rest = answer
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative || (config.plus && rest.first == UInt8(ascii: "+")) { rest.removeFirst() }
    guard var digits = ungrouped(rest), !digits.isEmpty, digits.allSatisfy(\.isDigit) else {
      return nil
    }
    let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
    if zeros == digits.count {  // no sign before zero: -0 is not an answer
      return isNegative || (zeros > 1 && !config.leadingZeros) ? nil : [UInt8(ascii: "0")]
    }
    guard zeros == 0 || config.leadingZeros else { return nil }
    digits = digits.dropFirst(zeros)
    return (isNegative ? [UInt8(ascii: "-")] : []) + digits
  }

  /// Without commas where they stand before every third digit from the right; `nil` elsewhere.
  private func ungrouped(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard config.grouping, text.contains(UInt8(ascii: ",")) else { return text }
    let groups = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard (1...3).contains(groups[0].count), groups[0].first != UInt8(ascii: "0"),
      groups.dropFirst().allSatisfy({ $0.count == 3 })
    else { return nil }
    return Array(groups.joined())[...]
  }
}
