import Configuration

/// The members of a `config.json`, asked for by name and type; `null` counts as absent.
struct CheckpointConfig {
  let file: String
  private let json: JSON
  private let prefix: String

  init(_ json: JSON, file: String, prefix: String = "") throws(ModelDirectoryError) {
    (self.json, self.file, self.prefix) = (json, file, prefix)
    guard json.members != nil else {
      let place = prefix.isEmpty ? "the whole file" : String(prefix.dropLast())
      throw ModelDirectoryError(
        file: file, key: place, found: json.summary, expected: "an object")
    }
  }

  func value(_ key: String) -> JSON? {
    guard let value = json[key], !value.isNull else { return nil }
    return value
  }

  var keys: [String] { (json.members ?? []).map(\.key) }

  /// Whether `key` says anything: it is there, and neither `null`, `false` nor empty.
  func isSet(_ key: String) -> Bool {
    guard let value = value(key) else { return false }
    return value.bool ?? true && value.array?.isEmpty != true && value.members?.isEmpty != true
  }

  /// The object under `key`, if there is one.
  func part(_ key: String) throws(ModelDirectoryError) -> CheckpointConfig? {
    guard let value = value(key) else { return nil }
    return try CheckpointConfig(value, file: file, prefix: "\(prefix)\(key).")
  }

  func count(
    _ key: String, default fallback: Int? = nil, atLeast least: Int = 1
  ) throws(ModelDirectoryError) -> Int {
    guard let value = value(key) else {
      if let fallback { return fallback }
      throw refusal(key, expected: "an integer, at least \(least)")
    }
    guard let count = value.int, count >= least else {
      throw refusal(key, expected: "an integer, at least \(least)")
    }
    return count
  }

  func number(
    _ key: String, default fallback: Double? = nil
  ) throws(ModelDirectoryError) -> Double {
    guard let value = value(key) else {
      if let fallback { return fallback }
      throw refusal(key, expected: "a number")
    }
    guard let number = value.double, number > 0 else {
      throw refusal(key, expected: "a number above 0")
    }
    return number
  }

  func flag(_ key: String, default fallback: Bool) throws(ModelDirectoryError) -> Bool {
    guard let value = value(key) else { return fallback }
    guard let flag = value.bool else { throw refusal(key, expected: "true or false") }
    return flag
  }

  func text(_ key: String, default fallback: String? = nil) throws(ModelDirectoryError) -> String {
    guard let value = value(key) else {
      if let fallback { return fallback }
      throw refusal(key, expected: "a string")
    }
    guard let text = value.string else { throw refusal(key, expected: "a string") }
    return text
  }

  /// Token ids: none, one, or a list of them.
  func tokenIds(_ key: String) throws(ModelDirectoryError) -> [Int32] {
    guard let value = value(key) else { return [] }
    let ids = (value.array ?? [value]).compactMap { $0.int.flatMap { Int32(exactly: $0) } }
    guard ids.count == value.array?.count ?? 1 else {
      throw refusal(key, expected: "a token id or a list of them")
    }
    return ids
  }

  func refusal(_ key: String, expected: String) -> ModelDirectoryError {
    ModelDirectoryError(
      file: file, key: prefix + key, found: value(key)?.summary ?? "nothing", expected: expected)
  }
}
