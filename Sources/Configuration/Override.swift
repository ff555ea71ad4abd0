/// One command-line change: `a.b=value`, `a[0].b=value`, or `~a.b` to return to the default.
public struct Override: Sendable, Equatable {
  enum Step: Sendable, Equatable {
    case key(String)
    case index(Int)
  }

  /// The argument as it was typed.
  public let argument: String
  let steps: [Step]
  /// `nil` deletes.
  let value: JSON?

  /// Reads the value as JSON if it is JSON, else as a string; the schema has the last word.
  public init(_ argument: String) throws(ConfigError) {
    self.argument = argument
    let location = SourceLocation(.commandLine(argument))
    let bytes = Array(argument.utf8)
    if bytes.first == UInt8(ascii: "~") {
      steps = try Self.steps(bytes.dropFirst(), location)
      value = nil
      return
    }
    guard let equals = bytes.firstIndex(of: UInt8(ascii: "=")) else {
      throw Self.refusal("expected key=value or ~key", location)
    }
    steps = try Self.steps(bytes[..<equals], location)
    value = Self.value(Array(bytes[(equals + 1)...]), location)
  }

  private static func value(_ bytes: [UInt8], _ location: SourceLocation) -> JSON {
    guard let json = try? JSON(parsing: bytes) else {
      return JSON(.string(String(decoding: bytes, as: UTF8.self)), location: location)
    }
    // Values inside a typed object keep a line, which tells them from the typed value itself.
    var inner = json.relocated(to: SourceLocation(location.origin, line: 1, column: 1))
    inner.location = location
    return inner
  }

  private static func steps(
    _ bytes: ArraySlice<UInt8>, _ location: SourceLocation
  ) throws(ConfigError) -> [Step] {
    var steps: [Step] = []
    for part in bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
      var pieces = part.split(separator: UInt8(ascii: "["), omittingEmptySubsequences: false)
      let name = pieces.removeFirst()
      guard !name.isEmpty else { throw refusal("a key is empty", location) }
      steps.append(.key(String(decoding: name, as: UTF8.self)))
      for piece in pieces {
        let digits = String(decoding: piece.dropLast(), as: UTF8.self)
        guard piece.last == UInt8(ascii: "]"), let index = Int(digits), index >= 0,
          digits == String(index)
        else { throw refusal("expected an index such as [0]", location) }
        steps.append(.index(index))
      }
    }
    return steps
  }

  static func refusal(_ reason: String, _ location: SourceLocation) -> ConfigError {
    ConfigError(path: "", reason: reason, location: location.description)
  }
}

extension JSON {
  /// This configuration with the overrides applied from left to right, all refusals at once.
  ///
  /// `defaults` shows elements of arrays that the files leave to the defaults.
  public func applying(
    _ overrides: [Override], defaults: JSON = [:]
  ) throws(ConfigErrors) -> JSON {
    var result = self
    var errors: [ConfigError] = []
    for override in overrides {
      do {
        result = try result.applying(override, override.steps[...], defaults: defaults)
      } catch {
        errors.append(error)
      }
    }
    guard errors.isEmpty else { throw ConfigErrors(errors) }
    return result
  }

  private func applying(
    _ override: Override, _ steps: ArraySlice<Override.Step>, defaults: JSON?
  ) throws(ConfigError) -> JSON {
    let location = SourceLocation(.commandLine(override.argument))
    guard let step = steps.first else { return override.value ?? self }
    let isDeletion = override.value == nil && steps.count == 1
    switch step {
    case .key(let key):
      guard case .object = kind else {
        throw Override.refusal("\"\(key)\" is asked of \(summary), which has no keys", location)
      }
      return try applying(override, key, steps.dropFirst(), isDeletion, defaults: defaults)
    case .index(let index):
      guard case .array(var elements) = kind, elements.indices.contains(index) else {
        let found = array.map { "\($0.count) elements" } ?? summary
        throw Override.refusal("[\(index)] is asked of \(found)", location)
      }
      if isDeletion {
        elements.remove(at: index)
      } else {
        elements[index] = try elements[index].applying(
          override, steps.dropFirst(), defaults: defaults?[index])
      }
      return JSON(.array(elements), location: self.location)
    }
  }

  private func applying(
    _ override: Override, _ key: String, _ rest: ArraySlice<Override.Step>, _ isDeletion: Bool,
    defaults: JSON?
  ) throws(ConfigError) -> JSON {
    let location = SourceLocation(.commandLine(override.argument))
    var result = self
    let standing = defaults?[key]
    if isDeletion {
      guard self[key] != nil else {
        throw Override.refusal("nothing to delete: no file sets \"\(key)\"", location)
      }
      result[key] = nil
      return result
    }
    let isNew = self[key] == nil
    if isNew && override.value == nil {
      throw Override.refusal("nothing to delete: no file sets \"\(key)\"", location)
    }
    let empty = JSON(.object([]), location: location)
    let child = self[key] ?? (standing?.array == nil ? empty : standing ?? empty)
    result[key] = try child.applying(override, rest, defaults: standing)
    guard isNew, case .object(var members) = result.kind else { return result }
    members[members.count - 1].location = location
    return JSON(.object(members), location: self.location)
  }
}
