/// A text that is not strict JSON, and where.
public struct JSONError: Error, Equatable, CustomStringConvertible, Sendable {
  public var location: SourceLocation
  public var expected: String
  public var found: String

  public var reason: String { "expected \(expected), found \(found)" }
  public var description: String { "\(location): \(reason)" }
}

extension JSON {
  /// Parses RFC 8259 and nothing more; duplicate keys and more than 128 levels are refused too.
  public init(parsing bytes: [UInt8], file: String = "") throws(JSONError) {
    var parser = JSONParser(bytes: bytes, file: file)
    self = try parser.document()
  }

  /// Parses the UTF-8 bytes of `text`, as strictly.
  public init(parsing text: String, file: String = "") throws(JSONError) {
    try self.init(parsing: Array(text.utf8), file: file)
  }
}

struct JSONParser {
  static let maximumDepth = 128

  let bytes: [UInt8]
  let file: String
  private(set) var position = 0
  private var line = 1
  private var lineStart = 0
  /// Bytes of this line that continue a scalar: they count for no column.
  private var continuations = 0
  private var depth = 0

  init(bytes: [UInt8], file: String) { (self.bytes, self.file) = (bytes, file) }

  mutating func document() throws(JSONError) -> JSON {
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) {
      throw failure(expected: "JSON", found: "a byte order mark")
    }
    skipSpace()
    let value = try value()
    skipSpace()
    guard position == bytes.count else { throw failure(expected: "end of file") }
    return value
  }

  private mutating func value() throws(JSONError) -> JSON {
    let location = here
    guard position < bytes.count else { throw failure(expected: "a value") }
    let kind: JSON.Kind
    switch bytes[position] {
    case UInt8(ascii: "{"): kind = try nested { parser throws(JSONError) in try parser.object() }
    case UInt8(ascii: "["): kind = try nested { parser throws(JSONError) in try parser.array() }
    case UInt8(ascii: "\""): kind = .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): kind = try number()
    case UInt8(ascii: "t"): kind = try word("true", .bool(true))
    case UInt8(ascii: "f"): kind = try word("false", .bool(false))
    case UInt8(ascii: "n"): kind = try word("null", .null)
    default: throw failure(expected: "a value")
    }
    return JSON(kind, location: location)
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSON.Kind
  ) throws(JSONError) -> JSON.Kind {
    depth += 1
    guard depth <= Self.maximumDepth else {
      throw failure(expected: "at most \(Self.maximumDepth) levels", found: "one more")
    }
    let kind = try body(&self)
    depth -= 1
    return kind
  }

  private mutating func object() throws(JSONError) -> JSON.Kind {
    position += 1
    var members: [JSON.Member] = []
    var keys = KeySet()
    skipSpace()
    if take("}") { return .object(members) }
    while true {
      let location = here
      guard peek("\"") else { throw failure(expected: "a key in double quotes") }
      let key = try string()
      guard keys.insert(key, among: members) else {
        throw JSONError(
          location: location, expected: "each key once",
          found: "\(JSON(key).text()) again")
      }
      skipSpace()
      guard take(":") else { throw failure(expected: "':'") }
      skipSpace()
      members.append(JSON.Member(key: key, value: try value(), location: location))
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw failure(expected: "',' or '}'") }
      skipSpace()
    }
  }

  private mutating func array() throws(JSONError) -> JSON.Kind {
    position += 1
    var elements: [JSON] = []
    skipSpace()
    if take("]") { return .array(elements) }
    while true {
      elements.append(try value())
      skipSpace()
      if take("]") { return .array(elements) }
      guard take(",") else { throw failure(expected: "',' or ']'") }
      skipSpace()
    }
  }

  private mutating func word(_ text: StaticString, _ kind: JSON.Kind) throws(JSONError) -> JSON.Kind
  {
    let word = Array(text.description.utf8)
    guard bytes[position...].starts(with: word) else { throw failure(expected: "a value") }
    position += word.count
    return kind
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0d: position += 1
      case 0x0a:
        position += 1
        (line, lineStart, continuations) = (line + 1, position, 0)
      default: return
      }
    }
  }
}

extension JSONParser {
  /// A number by JSON's grammar: no leading zero, plus sign, bare point, infinity.
  private mutating func number() throws(JSONError) -> JSON.Kind {
    let start = position
    let location = here
    let isNegative = take("-")
    let digits = position
    skipDigits()
    guard position > digits else { throw failure(expected: "a digit") }
    if bytes[digits] == UInt8(ascii: "0") && position > digits + 1 {
      position = digits
      throw failure(expected: "a number without leading zeros")
    }
    var isInteger = true
    if take(".") {
      isInteger = false
      try requireDigits()
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      try requireDigits()
    }
    if isInteger, let value = integer(bytes[digits..<position], isNegative: isNegative) {
      return .integer(value)
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw JSONError(location: location, expected: "a finite number", found: text)
    }
    return .number(value)
  }

  private func integer(_ digits: ArraySlice<UInt8>, isNegative: Bool) -> Int? {
    var value = 0
    for digit in digits {
      let (scaled, isTooLarge) = value.multipliedReportingOverflow(by: 10)
      let unit = Int(digit - UInt8(ascii: "0"))
      let (next, overflows) =
        isNegative
        ? scaled.subtractingReportingOverflow(unit) : scaled.addingReportingOverflow(unit)
      if isTooLarge || overflows { return nil }
      value = next
    }
    return value
  }

  private mutating func skipDigits() {
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
  }

  private mutating func requireDigits() throws(JSONError) {
    let start = position
    skipDigits()
    guard position > start else { throw failure(expected: "a digit") }
  }

  private mutating func string() throws(JSONError) -> String {
    let location = here
    position += 1
    let start = position
    var unescaped: [UInt8]? = nil  // made at the first escape: most strings have none
    var copied = start
    var continued = 0
    while true {
      guard position < bytes.count else { throw failure(expected: "'\"'") }
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") { break }
      if byte < 0x20 { throw failure(expected: "a character or an escape in a string") }
      if byte == UInt8(ascii: "\\") {
        var text = unescaped ?? []
        text += bytes[copied..<position]
        try escape(into: &text)
        unescaped = text
        copied = position
      } else {
        if byte & 0xc0 == 0x80 { continued += 1 }
        position += 1
      }
    }
    let tail = bytes[copied..<position]
    position += 1
    continuations += continued
    let decoded =
      if let unescaped { String(validating: unescaped + tail, as: UTF8.self) } else {
        String(validating: tail, as: UTF8.self)
      }
    guard let decoded else {
      throw JSONError(location: location, expected: "a string in UTF-8", found: "invalid bytes")
    }
    return decoded
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard position + 1 < bytes.count else {
      position = bytes.count
      throw failure(expected: "an escape")
    }
    let simple: UInt8
    switch bytes[position + 1] {
    case UInt8(ascii: "\""): simple = 0x22
    case UInt8(ascii: "\\"): simple = 0x5c
    case UInt8(ascii: "/"): simple = 0x2f
    case UInt8(ascii: "b"): simple = 0x08
    case UInt8(ascii: "f"): simple = 0x0c
    case UInt8(ascii: "n"): simple = 0x0a
    case UInt8(ascii: "r"): simple = 0x0d
    case UInt8(ascii: "t"): simple = 0x09
    case UInt8(ascii: "u"):
      text += String(Character(try unicodeEscape())).utf8
      return
    default: throw failure(expected: "an escape that JSON has")
    }
    position += 2
    text.append(simple)
  }

  private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let location = here
    let lone = JSONError(
      location: location, expected: "a pair of surrogates", found: "one alone")
    let first = try codeUnit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xdc00, peek("\\"), position + 1 < bytes.count,
      bytes[position + 1] == UInt8(ascii: "u")
    else { throw lone }
    let second = try codeUnit()
    guard (0xdc00...0xdfff).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
    else { throw lone }
    return scalar
  }

  /// The four hexadecimal digits behind `\u`.
  private mutating func codeUnit() throws(JSONError) -> UInt32 {
    position += 2
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count,
        let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw failure(expected: "four hexadecimal digits") }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}

extension JSONParser {
  private var here: SourceLocation {
    SourceLocation(file: file, line: line, column: position - lineStart - continuations + 1)
  }

  private func peek(_ character: Unicode.Scalar) -> Bool {
    position < bytes.count && bytes[position] == UInt8(ascii: character)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek(character) else { return false }
    position += 1
    return true
  }

  private func failure(expected: String, found: String? = nil) -> JSONError {
    JSONError(location: here, expected: expected, found: found ?? describeNext())
  }

  private func describeNext() -> String {
    guard position < bytes.count else { return "end of file" }
    let byte = bytes[position]
    if (0x21...0x7e).contains(byte) { return "'\(Character(Unicode.Scalar(byte)))'" }
    let digits = String(byte, radix: 16)
    return "byte 0x\(digits.count == 1 ? "0" : "")\(digits)"
  }
}

/// The keys of one object, by bytes: compared one by one while few, hashed when many.
private struct KeySet {
  private var hashed: Set<[UInt8]> = []

  mutating func insert(_ key: String, among members: [JSON.Member]) -> Bool {
    if members.count < 8 { return !members.contains { $0.key.hasSameBytes(as: key) } }
    if hashed.isEmpty { hashed = Set(members.map { Array($0.key.utf8) }) }
    return hashed.insert(Array(key.utf8)).inserted
  }
}
