extension JSON {
  public static let null = JSON(.null)

  public init(_ value: Bool) { self.init(.bool(value)) }

  public init(_ value: Int) { self.init(.integer(value)) }

  /// A number that must be finite: JSON has no other.
  public init(_ value: Double) { self.init(.number(value)) }

  /// The number that prints as the shortest text of this `Float`: 0.2, not 0.20000000298.
  public init(_ value: Float) {
    let shortest = Double(value.description) ?? Double(value)
    self.init(.number(Float(shortest) == value ? shortest : Double(value)))
  }

  public init(_ value: String) { self.init(.string(value)) }

  public init(_ elements: [JSON]) { self.init(.array(elements)) }

  /// An object with these members in this order; keys must differ.
  public init(members: [(key: String, value: JSON)]) {
    var seen = Set<[UInt8]>()
    for member in members {
      precondition(
        seen.insert(Array(member.key.utf8)).inserted, "JSON: key \"\(member.key)\" given twice")
    }
    self.init(.object(members.map { Member(key: $0.key, value: $0.value) }))
  }
}

extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(booleanLiteral value: Bool) { self.init(value) }
  public init(integerLiteral value: Int) { self.init(value) }
  public init(floatLiteral value: Double) { self.init(value) }
  public init(stringLiteral value: String) { self.init(value) }
  public init(arrayLiteral elements: JSON...) { self.init(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) {
    self.init(members: elements.map { (key: $0.0, value: $0.1) })
  }
}
