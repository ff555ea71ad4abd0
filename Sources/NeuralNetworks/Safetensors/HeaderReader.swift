import Configuration

/// Reads the header's JSON into entries; whether they fit the file is checked afterwards.
struct HeaderReader {
  struct Entry {
    var name: String
    var type: SafetensorsType
    var dimensions: [UInt64]
    var begin, end: Int
  }

  private let text: [UInt8]
  private let file: String
  private(set) var metadata: [String: String]?
  private(set) var warnings: [String] = []
  /// Where the last number beyond `Int` was found: they are asked for in the order of the text.
  private var line = 1
  private var column = 0
  private var index = 0

  init(text: [UInt8], file: String) { (self.text, self.file) = (text, file) }

  mutating func read() throws(SafetensorsError) -> [Entry] {
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: text)
    } catch {
      throw refusal("the header is not JSON: \(error)")
    }
    guard let members = json.members else {
      throw refusal("the header is \(json.summary), not an object")
    }
    var entries: [Entry] = []
    for member in members {
      if member.key == "__metadata__" {
        metadata = try readMetadata(member.value)
      } else {
        entries.append(try readEntry(member.key, member.value))
      }
    }
    return entries
  }

  private func readMetadata(_ json: JSON) throws(SafetensorsError) -> [String: String]? {
    if json.isNull { return nil }
    guard let members = json.members else {
      throw refusal("__metadata__ is \(json.summary), not an object")
    }
    var metadata: [String: String] = [:]
    for member in members {
      guard let value = member.value.string else {
        throw refusal("__metadata__.\(member.key) is \(member.value.summary), not a string")
      }
      metadata[member.key] = value
    }
    return metadata
  }

  private mutating func readEntry(
    _ name: String, _ json: JSON
  ) throws(SafetensorsError) -> Entry {
    guard let members = json.members else {
      throw refusal(name, "expected an object, found \(json.summary)")
    }
    guard let typeName = json["dtype"]?.string, let type = SafetensorsType(rawValue: typeName)
    else {
      throw refusal(name, "unknown dtype \(json["dtype"]?.summary ?? "(missing)")")
    }
    guard let shape = json["shape"]?.array else { throw refusal(name, "shape is missing") }
    guard let offsets = json["data_offsets"]?.array, offsets.count == 2,
      let begin = offsets[0].int, let end = offsets[1].int, begin >= 0, end >= 0
    else { throw refusal(name, "data_offsets must be two integers, at least 0") }
    var dimensions: [UInt64] = []
    for dimension in shape {
      guard let value = unsigned(dimension) else {
        throw refusal(name, "a dimension must be an integer, at least 0")
      }
      dimensions.append(value)
    }
    for member in members where !["dtype", "shape", "data_offsets"].contains(member.key) {
      warnings.append("tensor \(name): \(member.key) is not known and is ignored")
    }
    return Entry(name: name, type: type, dimensions: dimensions, begin: begin, end: end)
  }

  /// An integer literal up to 2^64 - 1: beyond `Int` the reader keeps only a rounded number.
  private mutating func unsigned(_ json: JSON) -> UInt64? {
    if let value = json.int { return UInt64(exactly: value) }
    guard case .number(let value) = json.kind, value >= 0x1p63, value <= 0x1p64 else { return nil }
    let isEnd: (UInt8) -> Bool = { [0x20, 0x09, 0x0a, 0x0d, 0x2c, 0x5d].contains($0) }
    let literal = text[offset(of: json.location)...].prefix { !isEnd($0) }
    return UInt64(String(decoding: literal, as: UTF8.self))
  }

  /// Columns count Unicode scalars: the first bytes of their UTF-8.
  private mutating func offset(of location: SourceLocation) -> Int {
    while index < text.count {
      if text[index] & 0xc0 != 0x80 { column += 1 }
      if line == location.line && column == location.column { break }
      if text[index] == 0x0a { (line, column) = (line + 1, 0) }
      index += 1
    }
    column -= 1  // the byte is looked at again
    return index
  }

  private func refusal(_ name: String = "", _ reason: String) -> SafetensorsError {
    SafetensorsError(.headerContent, file: file, tensor: name, reason)
  }

  private func refusal(_ reason: String) -> SafetensorsError { refusal("", reason) }
}
