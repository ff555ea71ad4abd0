/// A refusal of a configuration: where it stands, what was expected and found, what to do.
public struct ConfigError: Error, CustomStringConvertible, Sendable {
  /// The key's path, as an override would write it: `stages.grpo.optimizer.learning_rate`.
  public var path: String
  public var reason: String
  /// `file:line:column` where known, else empty.
  public var location: String

  public init(path: String, reason: String, location: String = "") {
    (self.path, self.reason, self.location) = (path, reason, location)
  }

  public var description: String {
    let place = location.isEmpty ? path : path.isEmpty ? location : "\(location): \(path)"
    return place.isEmpty ? reason : "\(place): \(reason)"
  }
}
