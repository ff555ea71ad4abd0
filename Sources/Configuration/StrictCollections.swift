extension Array: StrictlyRead where Element: Decodable {
  /// Arrays replace: the elements stand over their type's defaults, not over a default array's.
  static func read(
    _ json: JSON, at path: JSONPath, over base: JSON?, range: String, in reading: ConfigReading
  ) -> [Element]? {
    guard let elements = json.array else {
      reading.report(expected: "an array", json, at: path)
      return nil
    }
    reading.noteOrigin(of: json, at: path)
    let values = elements.indices.map { index in
      reading.value(
        Element.self, from: elements[index], at: .index(path, index), over: nil, range: range)
    }
    let read = values.compactMap { $0 }
    return read.count == values.count ? read : nil
  }
}

extension Dictionary: StrictlyRead where Key == String, Value: Decodable {
  static func read(
    _ json: JSON, at path: JSONPath, over base: JSON?, range: String, in reading: ConfigReading
  ) -> [String: Value]? {
    OrderedMap<Value>.members(json, at: path, over: base, range: range, in: reading).map {
      [String: Value]($0.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }
  }
}

/// Values by name, in the order of the file: `stages`.
public struct OrderedMap<Value> {
  public var entries: [(key: String, value: Value)]

  public init(_ entries: [(key: String, value: Value)] = []) { self.entries = entries }

  public var keys: [String] { entries.map(\.key) }
  public var values: [Value] { entries.map(\.value) }
  public var count: Int { entries.count }
  public var isEmpty: Bool { entries.isEmpty }

  /// The value of that name; setting a new name appends it.
  public subscript(key: String) -> Value? {
    get { entries.first { $0.key.hasSameBytes(as: key) }?.value }
    set {
      let index = entries.firstIndex { $0.key.hasSameBytes(as: key) }
      switch (index, newValue) {
      case (let index?, let value?): entries[index].value = value
      case (let index?, nil): entries.remove(at: index)
      case (nil, let value?): entries.append((key, value))
      case (nil, nil): break
      }
    }
  }
}

extension OrderedMap: Sendable where Value: Sendable {}

extension OrderedMap: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, Value)...) {
    self.init(elements.map { (key: $0.0, value: $0.1) })
  }
}

extension OrderedMap: Codable, DirectlyEncoded, DirectlyDecoded where Value: Codable {
  func encoded(at path: JSONPath) throws -> JSON {
    JSON(
      members: try entries.map { ($0.key, try encodeJSON($0.value, at: .key(path, $0.key))) })
  }

  static func decoded(from json: JSON, at path: JSONPath) throws -> OrderedMap {
    guard let members = json.members else { throw mismatch("an object", json, path) }
    return OrderedMap(
      try members.map {
        ($0.key, try decodeJSON(Value.self, from: $0.value, at: .key(path, $0.key)))
      })
  }

  public init(from decoder: any Decoder) throws {
    let json = try JSON(from: decoder)
    self = try .decoded(from: json, at: .top)
  }

  public func encode(to encoder: any Encoder) throws {
    try encoded(at: .top).encode(to: encoder)
  }
}

extension OrderedMap: StrictlyRead where Value: Codable {
  static func read(
    _ json: JSON, at path: JSONPath, over base: JSON?, range: String, in reading: ConfigReading
  ) -> OrderedMap? {
    members(json, at: path, over: base, range: range, in: reading).map { OrderedMap($0) }
  }
}

extension OrderedMap where Value: Decodable {
  /// The base's members, each under the user's of the same name, then the user's new ones.
  fileprivate static func members(
    _ json: JSON, at path: JSONPath, over base: JSON?, range: String, in reading: ConfigReading
  ) -> [(key: String, value: Value)]? {
    guard let given = json.members else {
      reading.report(expected: "an object", json, at: path)
      return nil
    }
    reading.noteOrigin(of: json, at: path)
    var map = OrderedMap()
    for member in base?.members ?? [] {
      map[member.key] = try? decodeJSON(Value.self, from: member.value, at: path)
    }
    var isComplete = true
    for member in given where !ignoredKeys.contains(member.key) {
      let place = JSONPath.key(path, member.key)
      if member.key.isEmpty || member.key.utf8.contains(where: { "~.[]=".utf8.contains($0) }) {
        reading.report(
          "a name must not be empty or hold any of ~ . [ ] =", at: place, member.location)
        isComplete = false
        continue
      }
      let value = reading.value(
        Value.self, from: member.value, at: place, over: base?[member.key], range: range)
      map[member.key] = value
      if value == nil { isComplete = false }
    }
    return isComplete ? map.entries : nil
  }
}
