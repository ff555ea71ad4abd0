/// Keys that any object may hold and no one reads.
let ignoredKeys = ["$comment", "$schema"]

extension ConfigReading {
  /// The block that `json` makes of `defaults`, or `nil` after reporting why not.
  ///
  /// `choice` is the member that selected this block among others; it is no key of the block.
  func block<Block: ConfigBlock>(
    _ type: Block.Type, from json: JSON, at path: JSONPath, defaults: Block, choice: String? = nil
  ) -> Block? {
    guard json.members != nil else {
      report(expected: "an object", json, at: path)
      return nil
    }
    let earlier = errors.count
    do {
      let base = try JSON(encoding: defaults)
      let keys = base.members?.map(\.key) ?? []
      let laid = preset(of: type, under: json, base: base, at: path)
      refuseUnknownKeys(of: laid, known: keys, choice: choice, at: path)
      let decoder = BlockDecoder(
        reading: self, json: laid, base: base, path: path, keys: type.keys)
      let block = try Block(from: decoder)
      refuseUnknownPreset(of: type, in: json, base: base, at: path)
      guard errors.count == earlier else { return nil }
      validate(block, json: laid, at: path)
      return errors.count == earlier ? block : nil
    } catch let error as ConfigError {
      report(error.reason, at: path, json.location)
    } catch {
      report("\(error)", at: path, json.location)
    }
    return nil
  }

  private func refuseUnknownKeys(
    of json: JSON, known: [String], choice: String?, at path: JSONPath
  ) {
    let readable = known + (choice.map { [$0] } ?? [])
    for member in json.members ?? [] {
      let isKnown = (readable + ignoredKeys).contains { $0.hasSameBytes(as: member.key) }
      if isKnown { continue }
      let advice =
        nearest(to: member.key, among: readable).map { "did you mean \"\($0)\"?" }
        ?? (readable.isEmpty ? "there are none" : "known are \(readable.joined(separator: ", "))")
      report("unknown key; \(advice)", at: .key(path, member.key), member.location)
    }
  }

  /// The user's values over those of the preset they name, if any.
  private func preset<Block: ConfigBlock>(
    of type: Block.Type, under json: JSON, base: JSON, at path: JSONPath
  ) -> JSON {
    guard let name = presetChoice(of: type, in: json, base: base)?.string,
      let values = type.presets.first(where: { $0.key.hasSameBytes(as: name) })?.value
    else { return json }
    let under = values.relocated(to: SourceLocation(.preset(name)))
    noteDepartures(from: under, preset: name, to: json, at: path)
    var laid = under.merging(json)
    laid.location = json.location
    return laid
  }

  /// What names a preset, where one is named.
  private func presetChoice<Block: ConfigBlock>(
    of type: Block.Type, in json: JSON, base: JSON
  ) -> JSON? {
    guard !type.presets.isEmpty, let choice = json["preset"] ?? base["preset"],
      let name = choice.string, !name.isEmpty, name != "none"
    else { return nil }
    return choice
  }

  /// Reports a preset that there is not, unless the key's own type has done so.
  private func refuseUnknownPreset<Block: ConfigBlock>(
    of type: Block.Type, in json: JSON, base: JSON, at path: JSONPath
  ) {
    let path = JSONPath.key(path, "preset")
    guard let choice = presetChoice(of: type, in: json, base: base),
      let name = choice.string, !type.presets.keys.contains(where: { $0.hasSameBytes(as: name) }),
      !errors.contains(where: { $0.path == path.description })
    else { return }
    let names = type.presets.keys.sorted { $0.precedesInBytes($1) }
    report(
      expected: "one of \(names.joined(separator: "|"))", choice, at: path, options: names)
  }

  private func noteDepartures(
    from preset: JSON, preset name: String, to user: JSON, at path: JSONPath
  ) {
    guard let members = preset.members, user.members != nil else {
      if preset != user {
        note(Departure(path: path.description, preset: name, expected: preset, found: user))
      }
      return
    }
    for member in members {
      guard let value = user[member.key] else { continue }
      noteDepartures(
        from: member.value, preset: name, to: value, at: .key(path, member.key))
    }
  }

  private func validate(_ block: some ConfigBlock, json: JSON, at path: JSONPath) {
    do {
      try block.validate()
    } catch {
      let keys = error.path.split(separator: ".").map(String.init)
      var place = json
      for key in keys { place = place[key] ?? place }
      let full = keys.reduce(path) { .key($0, $1) }
      let location = error.location.isEmpty ? place.location.description : error.location
      report(error.reason, at: full, location)
    }
  }

  private func report(_ reason: String, at path: JSONPath, _ location: String) {
    append(ConfigError(path: path.description, reason: reason, location: location))
  }
}

/// Gives a block its properties: each one the user's value if there is a good one, else the default.
private struct BlockDecoder: Decoder {
  let reading: ConfigReading
  let json: JSON
  let base: JSON
  let path: JSONPath
  let keys: [KeyDescription]

  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(BlockContainer<Key>(block: self))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer { throw notABlock() }
  func singleValueContainer() throws -> any SingleValueDecodingContainer { throw notABlock() }

  func notABlock() -> ConfigError {
    ConfigError(path: path.description, reason: "a block must be decoded property by property")
  }
}

private struct BlockContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let block: BlockDecoder

  var codingPath: [any CodingKey] { [] }
  var allKeys: [Key] { [] }
  func contains(_ key: Key) -> Bool { block.base[snakeCase(key.stringValue)] != nil }
  func decodeNil(forKey key: Key) -> Bool { false }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    let name = snakeCase(key.stringValue)
    let base = block.base[name]
    let path = JSONPath.key(block.path, name)
    if let json = block.json[name] {
      let range = block.keys.first { $0.key.hasSameBytes(as: name) }?.range ?? ""
      let value = block.reading.value(type, from: json, at: path, over: base, range: range)
      if let value { return value }
    }
    // After a refusal the default takes the place, so that the other keys are read too.
    guard let base else { throw block.notABlock() }
    return try decodeJSON(type, from: base, at: path)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { throw block.notABlock() }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    throw block.notABlock()
  }
  func superDecoder() throws -> any Decoder { throw block.notABlock() }
  func superDecoder(forKey key: Key) throws -> any Decoder { throw block.notABlock() }
}
