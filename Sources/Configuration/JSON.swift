/// A JSON value that keeps the order of its members and where it was written.
///
/// Equality ignores locations, and compares strings byte by byte: Swift's own `String ==` calls a
/// composed and a decomposed accent equal.
public struct JSON: Sendable, Equatable {
  public enum Kind: Sendable {
    case null
    case bool(Bool)
    /// A number written without `.` and exponent that fits `Int`.
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([Member])
  }

  /// One `"key": value` of an object.
  public struct Member: Sendable, Equatable {
    public var key: String
    public var value: JSON
    /// Where the key stands; the value has its own location.
    public var location: SourceLocation

    public init(key: String, value: JSON, location: SourceLocation = .none) {
      (self.key, self.value, self.location) = (key, value, location)
    }

    public static func == (left: Member, right: Member) -> Bool {
      left.key.hasSameBytes(as: right.key) && left.value == right.value
    }
  }

  public var kind: Kind
  public var location: SourceLocation

  public init(_ kind: Kind, location: SourceLocation = .none) {
    (self.kind, self.location) = (kind, location)
  }

  public static func == (left: JSON, right: JSON) -> Bool {
    switch (left.kind, right.kind) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): a.hasSameBytes(as: b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }
}

extension JSON {
  public var isNull: Bool {
    if case .null = kind { true } else { false }
  }

  public var bool: Bool? {
    if case .bool(let value) = kind { value } else { nil }
  }

  /// The value of an integer literal; `2.0` is not one.
  ///
  /// Not inlined: Swift 6.3.1's optimizer stops with an ownership error at `json.int.map { … }`.
  public var int: Int? {
    @inline(never) get {
      if case .integer(let value) = kind { value } else { nil }
    }
  }

  /// The value of any number.
  public var double: Double? {
    switch kind {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  public var string: String? {
    if case .string(let value) = kind { value } else { nil }
  }

  public var array: [JSON]? {
    if case .array(let elements) = kind { elements } else { nil }
  }

  public var members: [Member]? {
    if case .object(let members) = kind { members } else { nil }
  }

  /// The member's value; setting `nil` removes it, setting a new key appends it.
  public subscript(key: String) -> JSON? {
    get { members?.first { $0.key.hasSameBytes(as: key) }?.value }
    set {
      guard case .object(var members) = kind else {
        preconditionFailure("JSON[\"\(key)\"]: \(summary) has no members")
      }
      kind = .null  // so that the members are not copied
      let index = members.firstIndex { $0.key.hasSameBytes(as: key) }
      switch (index, newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(Member(key: key, value: value))
      case (nil, nil): break
      }
      kind = .object(members)
    }
  }

  /// The element, or `nil` where this is no array or a shorter one.
  public subscript(index: Int) -> JSON? {
    guard case .array(let elements) = kind, elements.indices.contains(index) else { return nil }
    return elements[index]
  }

  /// What an error message says was found: `the string "7"`, `3.5`, `an object`.
  public var summary: String {
    switch kind {
    case .null: "null"
    case .bool, .integer, .number: text()
    case .string(let value):
      value.unicodeScalars.count <= 60
        ? "the string \(text())" : "a string of \(value.utf8.count) bytes"
    case .array(let elements): elements.isEmpty ? "an empty array" : "an array"
    case .object: "an object"
    }
  }
}

extension String {
  /// Equality of the UTF-8 bytes, without Unicode's canonical equivalence.
  func hasSameBytes(as other: String) -> Bool {
    self == other && utf8.elementsEqual(other.utf8)
  }
}
