import Foundation

/// Files under `Tests/Fixtures`, or wherever `RL_FIXTURES` points.
public enum Fixture {
  public static let folder: URL = {
    if let path = ProcessInfo.processInfo.environment["RL_FIXTURES"] {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    return URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Tests/Fixtures", isDirectory: true)
  }()

  /// The place of one file: `Fixture.url("models/tiny/config.json")`.
  public static func url(_ path: String) -> URL { folder.appendingPathComponent(path) }

  public static func data(_ path: String) throws -> Data { try Data(contentsOf: url(path)) }

  /// A JSON file as `Value`: `snake_case` becomes `camelCase`, keys it does not declare are skipped.
  public static func json<Value: Decodable>(_ path: String, as type: Value.Type) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: data(path))
  }
}
