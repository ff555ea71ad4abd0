import Configuration

/// A command's arguments, held to what its help declares.
struct Arguments: Sendable {
  let operands: [String]
  private let values: [String: [String]]
  private let declared: Set<String>

  init(operands: [String], values: [String: [String]], declared: Set<String>) {
    (self.operands, self.values, self.declared) = (operands, values, declared)
  }

  /// Whether the flag or option was given.
  func isSet(_ option: String) -> Bool { !all(option).isEmpty }

  /// Every value of a repeated option, in order.
  func all(_ option: String) -> [String] {
    precondition(declared.contains(option), "\(option) is not an option of this command")
    return values[option] ?? []
  }

  func value(_ option: String) -> String? { all(option).last }

  func required(_ option: String) throws(Failure) -> String {
    guard let value = value(option) else { throw .usage("\(option) is missing") }
    return value
  }

  func integer(
    _ option: String, in range: ClosedRange<Int> = 0 ... .max
  ) throws(Failure) -> Int? {
    guard let text = value(option) else { return nil }
    guard let number = Int(text), range.contains(number) else {
      let bounds =
        range.upperBound == .max
        ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw .usage("\(option): expected a whole number \(bounds), found \"\(text)\"")
    }
    return number
  }

  func number(
    _ option: String, in range: ClosedRange<Double> = 0 ... .greatestFiniteMagnitude
  ) throws(Failure) -> Double? {
    guard let text = value(option) else { return nil }
    guard let number = Double(text), range.contains(number) else {
      let bounds =
        range.upperBound == .greatestFiniteMagnitude
        ? "from \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
      throw .usage("\(option): expected a number \(bounds), found \"\(text)\"")
    }
    return number
  }

  /// The value as one of the words that `Choice` names.
  func choice<Choice: CaseIterable & RawRepresentable<String>>(
    _ option: String, of type: Choice.Type = Choice.self
  ) throws(Failure) -> Choice? {
    guard let text = value(option) else { return nil }
    let words = Choice.allCases.map(\.rawValue)
    guard let choice = Choice(rawValue: text) else {
      let advice = nearest(to: text, among: words).map { "; did you mean \"\($0)\"?" } ?? ""
      throw .usage(
        "\(option): expected \(words.joined(separator: "|")), found \"\(text)\"\(advice)")
    }
    return choice
  }
}
