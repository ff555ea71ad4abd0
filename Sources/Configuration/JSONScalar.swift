/// A type that is one JSON value, read and written without a container.
protocol JSONScalar {
  /// What an error says was expected.
  static var expectation: String { get }
  init?(json: JSON)
  /// `nil` where JSON has no such value: an infinity, an integer beyond `Int`.
  var json: JSON? { get }
}

extension Bool: JSONScalar {
  static var expectation: String { "true or false" }
  init?(json: JSON) {
    guard let value = json.bool else { return nil }
    self = value
  }
  var json: JSON? { JSON(self) }
}

extension String: JSONScalar {
  static var expectation: String { "a string" }
  init?(json: JSON) {
    guard let value = json.string else { return nil }
    self = value
  }
  var json: JSON? { JSON(self) }
}

extension Double: JSONScalar {
  static var expectation: String { "a number" }
  init?(json: JSON) {
    guard let value = json.double else { return nil }
    self = value
  }
  var json: JSON? { isFinite ? JSON(self) : nil }
}

extension Float: JSONScalar {
  static var expectation: String { "a number" }
  init?(json: JSON) {
    guard let value = json.double, Float(value).isFinite else { return nil }
    self = Float(value)
  }
  var json: JSON? { isFinite ? JSON(self) : nil }
}

extension JSONScalar where Self: FixedWidthInteger {
  static var expectation: String {
    Self.self == Int.self ? "an integer" : "an integer in \(Self.min)...\(Self.max)"
  }
  init?(json: JSON) {
    guard let value = json.int.flatMap(Self.init(exactly:)) else { return nil }
    self = value
  }
  var json: JSON? { Int(exactly: self).map { JSON($0) } }
}

extension Int: JSONScalar {}
extension Int8: JSONScalar {}
extension Int16: JSONScalar {}
extension Int32: JSONScalar {}
extension Int64: JSONScalar {}
extension UInt: JSONScalar {}
extension UInt8: JSONScalar {}
extension UInt16: JSONScalar {}
extension UInt32: JSONScalar {}
extension UInt64: JSONScalar {}
