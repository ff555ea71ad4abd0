/// Everything that is wrong with a configuration, so that it is mended in one go.
public struct ConfigErrors: Error, CustomStringConvertible, Sendable {
  public var errors: [ConfigError]

  public init(_ errors: [ConfigError]) { self.errors = errors }

  /// One error a line.
  public var description: String { errors.map(\.description).joined(separator: "\n") }
}

extension ConfigError {
  /// A syntax error of the text itself, which has a place but no path.
  public init(_ error: JSONError) {
    self.init(path: "", reason: error.reason, location: error.location.description)
  }
}
