/// A block of a JSON configuration. Its property initializers are the defaults.
///
/// No optional properties: "off" is a value (`top_k: 0`), so that encoding shows every key.
public protocol ConfigBlock: Codable, Sendable {
  init()
  /// Each key's meaning and range, for help and schema. A test holds it equal to the coding keys.
  static var keys: [KeyDescription] { get }
  /// Values that the key `preset` sets together, between the defaults and the user's own keys.
  static var presets: [String: JSON] { get }
  /// Refuses combinations that each key allows on its own.
  func validate() throws(ConfigError)
}

extension ConfigBlock {
  public static var presets: [String: JSON] { [:] }
  public func validate() throws(ConfigError) {}
}

/// What a key means and which values it takes.
public struct KeyDescription: Sendable {
  public var key: String
  public var meaning: String
  /// Alternatives between `|`: intervals such as `1...`, `0..<1`, `>0`, words; empty for any value.
  public var range: String

  public init(_ key: String, _ meaning: String, _ range: String = "") {
    (self.key, self.meaning, self.range) = (key, meaning, range)
  }
}
