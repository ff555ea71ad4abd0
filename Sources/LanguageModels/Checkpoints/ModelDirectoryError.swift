/// A refusal of a model directory: which file, which key or weight, what is there and what ought to.
public struct ModelDirectoryError: Error, Equatable, CustomStringConvertible, Sendable {
  public var file: String
  /// A key of the JSON by its path (`rope_scaling.rope_type`), or a weight's name.
  public var key: String
  public var found: String
  public var expected: String

  public init(file: String, key: String, found: String, expected: String) {
    (self.file, self.key, self.found, self.expected) = (file, key, found, expected)
  }

  public var description: String { "\(file): \(key): expected \(expected), found \(found)" }
}
