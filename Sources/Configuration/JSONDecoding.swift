extension JSON {
  /// Decodes a `Codable` value, finding each property under its `snake_case` key.
  ///
  /// Integers must be written as integers. Members that the type does not ask for are ignored; a
  /// `ConfigBlock` is read strictly by `read(_:from:)` instead.
  public func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, path: String = ""
  ) throws(ConfigError) -> Value {
    do {
      return try decodeJSON(type, from: self, at: .root(path))
    } catch let error as ConfigError {
      throw error
    } catch {
      throw ConfigError(path: path, reason: "\(error)", location: location.description)
    }
  }
}

/// A collection that is read here, and not through a container of `Codable`.
protocol DirectlyDecoded {
  static func decoded(from json: JSON, at path: JSONPath) throws -> Self
}

func decodeJSON<Value: Decodable>(
  _ type: Value.Type, from json: JSON, at path: JSONPath
) throws -> Value {
  if let scalar = type as? any JSONScalar.Type {
    guard let value = scalar.init(json: json) as? Value else {
      throw mismatch(scalar.expectation, json, path)
    }
    return value
  }
  if let direct = type as? any DirectlyDecoded.Type,
    let value = try direct.decoded(from: json, at: path) as? Value
  {
    return value
  }
  do {
    return try Value(from: ValueDecoder(json: json, path: path))
  } catch let error as DecodingError {
    throw ConfigError(path: path.description, reason: reason(error), location: "\(json.location)")
  }
}

func mismatch(_ expected: String, _ json: JSON, _ path: JSONPath) -> ConfigError {
  ConfigError(
    path: path.description, reason: "expected \(expected), found \(json.summary)",
    location: json.location.description)
}

private func reason(_ error: DecodingError) -> String {
  switch error {
  case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
    .dataCorrupted(let context):
    context.debugDescription
  @unknown default: "\(error)"
  }
}

struct ValueDecoder: Decoder {
  let json: JSON
  let path: JSONPath

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let members = json.members else { throw mismatch("an object", json, path) }
    return KeyedDecodingContainer(ObjectDecoder<Key>(object: self, members: members))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = json.array else { throw mismatch("an array", json, path) }
    return ArrayDecoder(array: self, elements: elements)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { SingleDecoder(value: self) }
}

private struct ObjectDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let object: ValueDecoder
  let members: [JSON.Member]

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] {
    members.compactMap { Key(stringValue: $0.key) ?? Key(stringValue: camelCase($0.key)) }
  }

  func contains(_ key: Key) -> Bool { object.json[snakeCase(key.stringValue)] != nil }
  func decodeNil(forKey key: Key) throws -> Bool { try child(key.stringValue).json.isNull }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    let child = try child(key.stringValue)
    return try decodeJSON(type, from: child.json, at: child.path)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { try child(key.stringValue).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try child(key.stringValue).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try child("super") }
  func superDecoder(forKey key: Key) throws -> any Decoder { try child(key.stringValue) }

  private func child(_ name: String) throws -> ValueDecoder {
    let name = snakeCase(name)
    guard let value = object.json[name] else {
      throw ConfigError(
        path: object.path.description, reason: "the key \"\(name)\" is missing",
        location: object.json.location.description)
    }
    return ValueDecoder(json: value, path: .key(object.path, name))
  }
}

private struct ArrayDecoder: UnkeyedDecodingContainer {
  let array: ValueDecoder
  let elements: [JSON]
  private(set) var currentIndex = 0

  init(array: ValueDecoder, elements: [JSON]) { (self.array, self.elements) = (array, elements) }

  var codingPath: [any CodingKey] { [] }
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex == elements.count }

  mutating func decodeNil() throws -> Bool {
    guard try current().json.isNull else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    let element = try current()
    let value = try decodeJSON(type, from: element.json, at: element.path)
    currentIndex += 1
    return value
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> {
    defer { currentIndex += 1 }
    return try current().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    defer { currentIndex += 1 }
    return try current().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder {
    defer { currentIndex += 1 }
    return try current()
  }

  private func current() throws -> ValueDecoder {
    guard elements.indices.contains(currentIndex) else {
      throw ConfigError(
        path: array.path.description,
        reason: "expected more than \(elements.count) elements",
        location: array.json.location.description)
    }
    return ValueDecoder(json: elements[currentIndex], path: .index(array.path, currentIndex))
  }
}

private struct SingleDecoder: SingleValueDecodingContainer {
  let value: ValueDecoder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { value.json.isNull }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try decodeJSON(type, from: value.json, at: value.path)
  }
}
