extension JSON {
  /// Encodes with keys in the order of declaration, in `snake_case`; dictionaries by key bytes.
  ///
  /// Foundation's encoder orders keys anew in each process; these are the same bytes every time.
  public init(encoding value: some Encodable) throws(ConfigError) {
    do {
      self = try encodeJSON(value, at: .top)
    } catch let error as ConfigError {
      throw error
    } catch {
      throw ConfigError(path: "", reason: "\(error)")
    }
  }
}

/// A collection that `Codable` would write in random order, or with keys taken for properties.
protocol DirectlyEncoded {
  func encoded(at path: JSONPath) throws -> JSON
}

func encodeJSON<Value: Encodable>(_ value: Value, at path: JSONPath) throws -> JSON {
  if let scalar = value as? any JSONScalar {
    guard let json = scalar.json else {
      throw ConfigError(path: path.description, reason: "JSON has no number \(value)")
    }
    return json
  }
  if let direct = value as? any DirectlyEncoded { return try direct.encoded(at: path) }
  let encoder = ValueEncoder(path: path)
  try value.encode(to: encoder)
  return encoder.result
}

/// What an `encode(to:)` has written so far. A class, because containers outlive their maker.
final class ValueEncoder: Encoder {
  enum Content {
    case nothing
    case value(JSON)
    case array([Content])
    case object([(key: String, content: Content)])
    /// A container that is still being filled.
    case nested(ValueEncoder)
  }

  let path: JSONPath
  var content = Content.nothing

  init(path: JSONPath) { self.path = path }

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if case .object = content {} else { content = .object([]) }
    return KeyedEncodingContainer(ObjectEncoder<Key>(target: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if case .array = content {} else { content = .array([]) }
    return ArrayEncoder(target: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { SingleEncoder(target: self) }

  var result: JSON { Self.json(content) }

  private static func json(_ content: Content) -> JSON {
    switch content {
    case .nothing: [:]
    case .value(let value): value
    case .array(let elements): JSON(elements.map(json))
    case .object(let members): JSON(members: members.map { ($0.key, json($0.content)) })
    case .nested(let encoder): encoder.result
    }
  }

  func append(_ element: Content) {
    guard case .array(var elements) = content else { return }
    content = .nothing  // so that the elements are not copied
    elements.append(element)
    content = .array(elements)
  }

  func append(_ key: String, _ value: Content) {
    guard case .object(var members) = content else { return }
    content = .nothing
    members.append((key, value))
    content = .object(members)
  }

  var count: Int {
    if case .array(let elements) = content { elements.count } else { 0 }
  }
}

private struct ObjectEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let target: ValueEncoder
  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) { target.append(snakeCase(key.stringValue), .value(.null)) }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    let name = snakeCase(key.stringValue)
    target.append(name, .value(try encodeJSON(value, at: .key(target.path, name))))
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> { nested(key).container(keyedBy: type) }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    nested(key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { nested("super") }
  func superEncoder(forKey key: Key) -> any Encoder { nested(key) }

  private func nested(_ key: Key) -> ValueEncoder { nested(snakeCase(key.stringValue)) }

  private func nested(_ name: String) -> ValueEncoder {
    let encoder = ValueEncoder(path: .key(target.path, name))
    target.append(name, .nested(encoder))
    return encoder
  }
}

private struct ArrayEncoder: UnkeyedEncodingContainer {
  let target: ValueEncoder
  var codingPath: [any CodingKey] { [] }
  var count: Int { target.count }

  func encodeNil() { target.append(.value(.null)) }

  func encode<Value: Encodable>(_ value: Value) throws {
    target.append(.value(try encodeJSON(value, at: .index(target.path, count))))
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) -> KeyedEncodingContainer<Nested> { nested().container(keyedBy: type) }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nested().unkeyedContainer() }
  func superEncoder() -> any Encoder { nested() }

  private func nested() -> ValueEncoder {
    let encoder = ValueEncoder(path: .index(target.path, count))
    target.append(.nested(encoder))
    return encoder
  }
}

private struct SingleEncoder: SingleValueEncodingContainer {
  let target: ValueEncoder
  var codingPath: [any CodingKey] { [] }

  func encodeNil() { target.content = .value(.null) }

  func encode<Value: Encodable>(_ value: Value) throws {
    target.content = .value(try encodeJSON(value, at: target.path))
  }
}
