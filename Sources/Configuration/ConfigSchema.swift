/// The JSON Schema (2020-12) of a block, for editors: meanings, defaults, ranges, choices.
public func schema<Block: ConfigBlock>(for type: Block.Type) throws(ConfigError) -> JSON {
  let writing = SchemaWriting()
  do {
    var schema = try writing.block(type, defaults: Block())
    if !writing.definitions.isEmpty {
      schema["$defs"] = JSON(members: writing.definitions.map { ($0.name, $0.schema) })
    }
    return JSON(members: [
      ("$schema", "https://json-schema.org/draft/2020-12/schema")
    ]).merging(schema)
  } catch let error as ConfigError {
    throw error
  } catch {
    throw ConfigError(path: "", reason: "\(error)")
  }
}

/// A type that knows the schema of its values better than its default shows.
protocol SchemaDescribed {
  static func schema(in writing: SchemaWriting, range: String) throws -> JSON
}

/// The choices met so far. A class, because decoders report into it while it walks.
final class SchemaWriting {
  private(set) var definitions: [(name: String, schema: JSON)] = []

  /// Decodes the defaults and writes down which type asks for which key.
  func block<Block: ConfigBlock>(_ type: Block.Type, defaults: Block) throws -> JSON {
    let base = try JSON(encoding: defaults)
    let recorder = SchemaRecorder(writing: self, base: base, keys: type.keys)
    _ = try Block(from: recorder)
    var properties = recorder.properties.members ?? []
    for index in properties.indices where properties[index].key == "preset" {
      let names = type.presets.keys.sorted { $0.precedesInBytes($1) }
      if !names.isEmpty { properties[index].value["examples"] = JSON(names.map { JSON($0) }) }
    }
    properties += ignoredKeys.map { JSON.Member(key: $0, value: [:]) }
    return [
      "type": "object", "properties": JSON(.object(properties)), "additionalProperties": false,
    ]
  }

  func value<Value>(_ type: Value.Type, range: String) throws -> JSON {
    if let block = type as? any ConfigBlock.Type {
      func open<Block: ConfigBlock>(_ type: Block.Type) throws -> JSON {
        try self.block(type, defaults: Block())
      }
      return try open(block)
    }
    if let described = type as? any SchemaDescribed.Type {
      return try described.schema(in: self, range: range)
    }
    let words = caseNames(of: type)
    if range.isEmpty && !words.isEmpty {
      return ["type": "string", "enum": JSON(words.map { JSON($0) })]
    }
    return ValueRange(range).schema(type: jsonType(of: type))
  }

  private func jsonType(of type: Any.Type) -> String? {
    switch type {
    case is Bool.Type: "boolean"
    case is String.Type: "string"
    case is Float.Type, is Double.Type: "number"
    case is any FixedWidthInteger.Type: "integer"
    default: nil
    }
  }

  /// A reference to the definition `name`, which is written down when first met.
  func definition(_ name: String, _ body: () throws -> JSON) throws -> JSON {
    if !definitions.contains(where: { $0.name.hasSameBytes(as: name) }) {
      let index = definitions.count
      definitions.append((name, [:]))  // a choice may hold itself
      definitions[index].schema = try body()
    }
    return ["$ref": "#/$defs/\(name)"]
  }
}

extension ValueRange {
  fileprivate func schema(type: String?) -> JSON {
    var schema: JSON = type.map { ["type": JSON($0)] } ?? [:]
    if !words.isEmpty { schema["enum"] = JSON(words.map { JSON($0) }) }
    let limits = intervals.map { interval -> JSON in
      var limit: JSON = [:]
      if interval.lower > -.infinity {
        limit[interval.excludesLower ? "exclusiveMinimum" : "minimum"] = Self.number(interval.lower)
      }
      if interval.upper < .infinity {
        limit[interval.excludesUpper ? "exclusiveMaximum" : "maximum"] = Self.number(interval.upper)
      }
      return limit
    }
    if limits.count == 1 { return schema.merging(limits[0]) }
    if limits.count > 1 { schema["anyOf"] = JSON(limits) }
    return schema
  }

  private static func number(_ value: Double) -> JSON {
    Int(exactly: value).map { JSON($0) } ?? JSON(value)
  }
}

extension Array: SchemaDescribed where Element: Decodable {
  static func schema(in writing: SchemaWriting, range: String) throws -> JSON {
    ["type": "array", "items": try writing.value(Element.self, range: range)]
  }
}

extension Dictionary: SchemaDescribed where Key == String, Value: Decodable {
  static func schema(in writing: SchemaWriting, range: String) throws -> JSON {
    ["type": "object", "additionalProperties": try writing.value(Value.self, range: range)]
  }
}

extension OrderedMap: SchemaDescribed where Value: Codable {
  static func schema(in writing: SchemaWriting, range: String) throws -> JSON {
    ["type": "object", "additionalProperties": try writing.value(Value.self, range: range)]
  }
}

extension Variant: SchemaDescribed {
  static func schema(in writing: SchemaWriting, range: String) throws -> JSON {
    try writing.definition("\(Catalog.self)") {
      ["oneOf": JSON(try Catalog.entries.map { try schema(of: $0, in: writing) })]
    }
  }

  private static func schema(
    of entry: (name: String, block: any ConfigBlock.Type), in writing: SchemaWriting
  ) throws -> JSON {
    let keys = try writing.value(entry.block, range: "")
    let choice: JSON = ["type": ["const": JSON(entry.name)]]
    var schema = keys
    schema["properties"] = keys["properties"].map { choice.merging($0) }
    schema["required"] = entry.name == Catalog.standard ? nil : ["type"]
    return schema
  }
}

/// Plays the defaults to a block's `init(from:)` and notes the type behind each key.
private final class SchemaRecorder: Decoder {
  let writing: SchemaWriting
  let base: JSON
  let keys: [KeyDescription]
  var properties: JSON = [:]

  init(writing: SchemaWriting, base: JSON, keys: [KeyDescription]) {
    (self.writing, self.base, self.keys) = (writing, base, keys)
  }

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(SchemaContainer<Key>(recorder: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw notABlock }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { throw notABlock }

  var notABlock: ConfigError {
    ConfigError(path: "", reason: "a block must be decoded property by property")
  }
}

private struct SchemaContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let recorder: SchemaRecorder

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }
  func contains(_ key: Key) -> Bool { recorder.base[snakeCase(key.stringValue)] != nil }
  func decodeNil(forKey key: Key) -> Bool { false }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    let name = snakeCase(key.stringValue)
    guard let base = recorder.base[name] else { throw recorder.notABlock }
    let description = recorder.keys.first { $0.key.hasSameBytes(as: name) }
    var property = try recorder.writing.value(type, range: description?.range ?? "")
    if let meaning = description?.meaning { property["description"] = JSON(meaning) }
    property["default"] = base
    recorder.properties[name] = property
    return try decodeJSON(type, from: base, at: .top)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { throw recorder.notABlock }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw recorder.notABlock
  }
  func superDecoder() throws -> any Decoder { throw recorder.notABlock }
  func superDecoder(forKey key: Key) throws -> any Decoder { throw recorder.notABlock }
}
