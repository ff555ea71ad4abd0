extension JSON: Codable, DirectlyEncoded, DirectlyDecoded {
  func encoded(at path: JSONPath) -> JSON { self }
  static func decoded(from json: JSON, at path: JSONPath) -> JSON { json }

  /// Reads from this module's decoder alone: others have no `JSON` value to hand out.
  public init(from decoder: any Decoder) throws {
    guard let decoder = decoder as? ValueDecoder else {
      throw ConfigError(path: "", reason: "JSON is decoded by JSON.decode only")
    }
    self = decoder.json
  }

  /// Writes to this module's encoder alone.
  public func encode(to encoder: any Encoder) throws {
    guard let encoder = encoder as? ValueEncoder else {
      throw ConfigError(path: "", reason: "JSON is encoded by JSON(encoding:) only")
    }
    encoder.content = .value(self)
  }
}

extension Array: DirectlyEncoded where Element: Encodable {
  func encoded(at path: JSONPath) throws -> JSON {
    JSON(try indices.map { try encodeJSON(self[$0], at: .index(path, $0)) })
  }
}

extension Array: DirectlyDecoded where Element: Decodable {
  static func decoded(from json: JSON, at path: JSONPath) throws -> [Element] {
    guard let elements = json.array else { throw mismatch("an array", json, path) }
    return try elements.indices.map {
      try decodeJSON(Element.self, from: elements[$0], at: .index(path, $0))
    }
  }
}

extension Dictionary: DirectlyEncoded where Key: Encodable, Value: Encodable {
  /// Members by key bytes. Keys must encode as strings or integers.
  func encoded(at path: JSONPath) throws -> JSON {
    let members = try map { key, value in
      let name = try memberName(of: key, at: path)
      return (key: name, value: try encodeJSON(value, at: .key(path, name)))
    }
    return JSON(members: members.sorted { $0.key.precedesInBytes($1.key) })
  }
}

private func memberName(of key: some Encodable, at path: JSONPath) throws -> String {
  let name = try encodeJSON(key, at: path)
  switch name.kind {
  case .string(let text): return text
  case .integer(let number): return String(number)
  default: throw ConfigError(path: path.description, reason: "\(name.summary) cannot be a key")
  }
}

extension Dictionary: DirectlyDecoded where Key: Decodable, Value: Decodable {
  static func decoded(from json: JSON, at path: JSONPath) throws -> [Key: Value] {
    guard let members = json.members else { throw mismatch("an object", json, path) }
    var result: [Key: Value] = [:]
    for member in members {
      let place = JSONPath.key(path, member.key)
      let isNumber = (Key.self as? any FixedWidthInteger.Type) != nil
      let name: JSON.Kind =
        isNumber ? Int(member.key).map { .integer($0) } ?? .null : .string(member.key)
      let key = try decodeJSON(Key.self, from: JSON(name, location: member.location), at: place)
      result[key] = try decodeJSON(Value.self, from: member.value, at: place)
    }
    return result
  }
}

extension Set: DirectlyEncoded where Element: Encodable {
  /// Elements in the order of their canonical text.
  func encoded(at path: JSONPath) throws -> JSON {
    JSON(
      try map { element in try encodeJSON(element, at: path) }
        .map { (value: $0, text: $0.canonical) }
        .sorted { $0.text.precedesInBytes($1.text) }
        .map(\.value))
  }
}
