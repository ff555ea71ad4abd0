/// A key's range, as `KeyDescription.range` spells it: alternatives separated by `|`.
///
/// An alternative is an interval (`1...`, `0..<1`, `0...1`, `...0`, `>0`, `<1`), a number or a word.
struct ValueRange {
  struct Interval: Equatable {
    var lower = -Double.infinity
    var upper = Double.infinity
    var excludesLower = false
    var excludesUpper = false

    func contains(_ value: Double) -> Bool {
      (excludesLower ? value > lower : value >= lower)
        && (excludesUpper ? value < upper : value <= upper)
    }
  }

  let text: String
  private(set) var intervals: [Interval] = []
  private(set) var words: [String] = []

  init(_ text: String) {
    self.text = text
    for part in text.split(separator: "|") {
      if let interval = Self.interval(String(part)) {
        intervals.append(interval)
      } else {
        words.append(String(part))
      }
    }
  }

  /// Numbers are held to the intervals, strings to the words; a kind without any is free.
  func admits(_ json: JSON) -> Bool {
    if let value = json.double {
      return intervals.isEmpty || intervals.contains { $0.contains(value) }
    }
    if let word = json.string {
      return words.isEmpty || words.contains { $0.hasSameBytes(as: word) }
    }
    return true
  }

  /// `an integer in 1...`, or `one of a|b`.
  func expectation(_ noun: String) -> String {
    intervals.isEmpty ? "one of \(text)" : "\(noun) in \(text)"
  }

  private static func interval(_ text: String) -> Interval? {
    if let number = Double(text), number.isFinite { return Interval(lower: number, upper: number) }
    if text.hasPrefix(">") {
      return Double(text.dropFirst()).map { Interval(lower: $0, excludesLower: true) }
    }
    if text.hasPrefix("<") {
      return Double(text.dropFirst()).map { Interval(upper: $0, excludesUpper: true) }
    }
    let bytes = Array(text.utf8)
    guard
      let dots = bytes.indices.first(where: { bytes[$0...].starts(with: [0x2e, 0x2e]) }),
      bytes.count >= dots + 3
    else { return nil }
    let isOpen = bytes[dots + 2] == UInt8(ascii: "<")
    guard isOpen || bytes[dots + 2] == UInt8(ascii: ".") else { return nil }
    var interval = Interval(excludesUpper: isOpen)
    let lower = String(decoding: bytes[..<dots], as: UTF8.self)
    let upper = String(decoding: bytes[(dots + 3)...], as: UTF8.self)
    if !lower.isEmpty {
      guard let value = Double(lower) else { return nil }
      interval.lower = value
    }
    if !upper.isEmpty {
      guard let value = Double(upper) else { return nil }
      interval.upper = value
    }
    return interval
  }
}
