extension JSON {
  /// The value as text: the same bytes for equal values, on one line or indented by two spaces.
  ///
  /// Members keep their order and numbers are the shortest that read back the same. Numbers must
  /// be finite.
  public func text(pretty: Bool = false) -> String {
    var writer = JSONWriter(isPretty: pretty, sortsKeys: false)
    writer.write(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Compact text with keys in UTF-8 byte order: what digests are taken of.
  public var canonical: String {
    var writer = JSONWriter(isPretty: false, sortsKeys: true)
    writer.write(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

private struct JSONWriter {
  let isPretty: Bool
  let sortsKeys: Bool
  private(set) var bytes: [UInt8] = []
  private var indentation = 0

  init(isPretty: Bool, sortsKeys: Bool) {
    (self.isPretty, self.sortsKeys) = (isPretty, sortsKeys)
  }

  mutating func write(_ value: JSON) {
    switch value.kind {
    case .null: append("null")
    case .bool(let value): append(value ? "true" : "false")
    case .integer(let value): append(String(value))
    case .number(let value):
      precondition(value.isFinite, "JSON: \(value) is not a finite number")
      append(value.description)
    case .string(let text): write(text)
    case .array(let elements): write(elements)
    case .object(let members): write(members)
    }
  }

  private mutating func write(_ elements: [JSON]) {
    // Arrays of scalars stay on one line: a vocabulary's or a curve's numbers are read as a row.
    let isRow = !isPretty || elements.allSatisfy(\.isScalar)
    surround("[", "]", count: elements.count, isRow: isRow) { writer, index in
      writer.write(elements[index])
    }
  }

  private mutating func write(_ members: [JSON.Member]) {
    let members = sortsKeys ? members.sorted { $0.key.precedesInBytes($1.key) } : members
    surround("{", "}", count: members.count, isRow: !isPretty) { writer, index in
      writer.write(members[index].key)
      writer.append(writer.isPretty ? ": " : ":")
      writer.write(members[index].value)
    }
  }

  private mutating func surround(
    _ open: String, _ close: String, count: Int, isRow: Bool,
    item: (inout JSONWriter, Int) -> Void
  ) {
    append(open)
    indentation += 2
    for index in 0..<count {
      if index > 0 { append(isPretty && isRow ? ", " : ",") }
      if !isRow { breakLine() }
      item(&self, index)
    }
    indentation -= 2
    if !isRow && count > 0 { breakLine() }
    append(close)
  }

  private mutating func breakLine() {
    bytes.append(0x0a)
    bytes.append(contentsOf: repeatElement(0x20, count: indentation))
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case 0x22: append("\\\"")
      case 0x5c: append("\\\\")
      case 0x08: append("\\b")
      case 0x09: append("\\t")
      case 0x0a: append("\\n")
      case 0x0c: append("\\f")
      case 0x0d: append("\\r")
      case 0..<0x20:
        append(byte < 0x10 ? "\\u000" : "\\u00")
        append(String(byte, radix: 16))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

extension JSON {
  fileprivate var isScalar: Bool {
    switch kind {
    case .array, .object: false
    default: true
    }
  }
}

extension String {
  /// UTF-8 byte order; `String <` has Unicode's canonical order instead.
  func precedesInBytes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
