/// Reads a block strictly: the JSON laid over `defaults`, every refusal reported at once.
///
/// `path` is put before the paths of errors, for a block that stands inside another document.
public func read<Block: ConfigBlock>(
  _ type: Block.Type, from json: JSON, path: String = "", defaults: Block = Block()
) throws(ConfigErrors) -> Block {
  try resolve(type, from: json, path: path, defaults: defaults).block
}

/// As `read`, and tells where each value came from and which ones depart from a preset.
public func resolve<Block: ConfigBlock>(
  _ type: Block.Type, from json: JSON, path: String = "", defaults: Block = Block()
) throws(ConfigErrors) -> Resolution<Block> {
  let reading = ConfigReading()
  let block = reading.block(type, from: json, at: .root(path), defaults: defaults)
  guard let block, reading.errors.isEmpty else { throw ConfigErrors(reading.errors) }
  return Resolution(
    block: block, path: path, departures: reading.departures, origins: reading.origins)
}

/// A collection or choice of blocks, which reads its parts strictly.
protocol StrictlyRead {
  static func read(
    _ json: JSON, at path: JSONPath, over base: JSON?, range: String, in reading: ConfigReading
  ) -> Self?
}

/// One pass over a user's JSON. A class, because decoders report into it while it walks.
final class ConfigReading {
  private(set) var errors: [ConfigError] = []
  private(set) var departures: [Departure] = []
  /// Who wrote the value at each path that is not a default.
  private(set) var origins: [String: SourceLocation] = [:]

  func report(_ reason: String, at path: JSONPath, _ location: SourceLocation) {
    errors.append(
      ConfigError(path: path.description, reason: reason, location: location.description))
  }

  func report(expected: String, _ json: JSON, at path: JSONPath, options: [String] = []) {
    errors.append(mismatch(expected, json, path))
    if let word = json.string, let near = nearest(to: word, among: options) {
      errors[errors.count - 1].reason += "; did you mean \"\(near)\"?"
    }
  }

  func append(_ error: ConfigError) { errors.append(error) }

  func noteOrigin(of json: JSON, at path: JSONPath) { origins[path.description] = json.location }

  func note(_ departure: Departure) { departures.append(departure) }

  /// The value of any type over `base`, or `nil` after reporting why not.
  func value<Value: Decodable>(
    _ type: Value.Type, from json: JSON, at path: JSONPath, over base: JSON?, range: String
  ) -> Value? {
    if let block = type as? any ConfigBlock.Type {
      return self.block(block, from: json, at: path, over: base) as? Value
    }
    if let strict = type as? any StrictlyRead.Type {
      return strict.read(json, at: path, over: base, range: range, in: self) as? Value
    }
    noteOrigin(of: json, at: path)
    return leaf(type, from: json, at: path, range: ValueRange(range))
  }

  private func block<Block: ConfigBlock>(
    _ type: Block.Type, from json: JSON, at path: JSONPath, over base: JSON?
  ) -> Block? {
    // What does not decode here was encoded from a block, so it cannot fail.
    let defaults = base.flatMap { try? $0.decode(Block.self) } ?? Block()
    return block(type, from: json, at: path, defaults: defaults)
  }

  private func leaf<Value: Decodable>(
    _ type: Value.Type, from json: JSON, at path: JSONPath, range: ValueRange
  ) -> Value? {
    var json = json
    var decoded = Result { try decodeJSON(type, from: json, at: path) }
    if case .failure = decoded, let text = json.commandLineText {
      // The key may want a string, and the argument only looked like more.
      let word = JSON(.string(text), location: json.location)
      let again = Result { try decodeJSON(type, from: word, at: path) }
      if case .success = again { (json, decoded) = (word, again) }
    }
    let noun = (type as? any JSONScalar.Type)?.expectation
    let words = range.words.isEmpty ? caseNames(of: type) : range.words
    switch decoded {
    case .success(let value):
      if range.admits(json) { return value }
      report(expected: range.expectation(noun ?? "a value"), json, at: path, options: words)
    case .failure(let error):
      if let noun {
        let expected = range.text.isEmpty ? noun : range.expectation(noun)
        report(expected: expected, json, at: path, options: words)
      } else if !words.isEmpty {
        report(expected: "one of \(words.joined(separator: "|"))", json, at: path, options: words)
      } else {
        append(error as? ConfigError ?? mismatch("\(Value.self): \(error)", json, path))
      }
    }
    return nil
  }
}

/// The words an enumeration of strings may be; none for other types.
func caseNames(of type: Any.Type) -> [String] {
  func names<Cases: CaseIterable>(_ cases: Cases.Type) -> [String] {
    cases.allCases.compactMap { ($0 as? any Encodable).flatMap { try? encodeJSON($0, at: .top) } }
      .compactMap(\.string)
  }
  return (type as? any CaseIterable.Type).map { names($0) } ?? []
}

extension JSON {
  /// The text behind `=` of the override that wrote this value itself, and not an object around it.
  fileprivate var commandLineText: String? {
    guard case .commandLine(let argument) = location.origin, location.line == 0,
      string == nil, let equals = argument.utf8.firstIndex(of: UInt8(ascii: "="))
    else { return nil }
    return String(argument[argument.utf8.index(after: equals)...])
  }
}
