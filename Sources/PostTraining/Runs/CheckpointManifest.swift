import Configuration
import Platform

/// What a checkpoint consists of: written last, and proof that all before it is whole.
///
/// Its last member is the SHA-256 of its own bytes before that member.
public struct CheckpointManifest: Sendable, Equatable {
  /// One file of the checkpoint and the proof that it is whole.
  public struct File: Codable, Sendable, Equatable {
    /// Relative to the checkpoint, with `/` between directories.
    public var name: String
    public var size: Int
    public var sha256: String
  }

  public static let fileName = "MANIFEST.json"
  static let format = "rl-checkpoint-1"

  public var step: Int
  public var files: [File]
  /// Of the configuration that the checkpoint continues; another one is another run.
  public var configHash: String
  /// The environments' fingerprints by name.
  public var environmentFingerprints: [String: String]
  public var version: String

  private struct Content: Codable {
    var format: String
    var step: Int
    var files: [File]
    var configHash: String
    var envFingerprints: [String: String]
    var rlVersion: String
  }

  init(
    step: Int, files: [File], configHash: String, environmentFingerprints: [String: String],
    version: String
  ) {
    (self.step, self.files, self.configHash) = (step, files, configHash)
    (self.environmentFingerprints, self.version) = (environmentFingerprints, version)
  }

  func bytes() throws(ConfigError) -> [UInt8] {
    let content = Content(
      format: Self.format, step: step, files: files, configHash: configHash,
      envFingerprints: environmentFingerprints, rlVersion: version)
    let text = try JSON(encoding: content).text(pretty: true)
    let body = Array(text.utf8.dropLast(2)) + Array(",\n".utf8)  // without "\n}"
    return body + Self.seal(of: body)
  }

  /// Reads a manifest; the reason of a refusal is a sentence about the file.
  init(parsing bytes: [UInt8]) throws(ManifestError) {
    let body = Array(bytes.dropLast(Self.seal(of: []).count))
    guard bytes == body + Self.seal(of: body) else {
      throw ManifestError(reason: "it does not match its own sha256")
    }
    let content: Content
    do {
      content = try JSON(parsing: bytes).decode(Content.self)
    } catch {
      throw ManifestError(reason: "\(error)")
    }
    guard content.format == Self.format else {
      throw ManifestError(reason: "expected format \(Self.format), found \(content.format)")
    }
    self.init(
      step: content.step, files: content.files, configHash: content.configHash,
      environmentFingerprints: content.envFingerprints, version: content.rlVersion)
  }

  /// The last member and the closing brace: of one length, whatever the digest.
  private static func seal(of body: [UInt8]) -> [UInt8] {
    Array("  \"sha256\": \"\(SHA256.hexDigest(of: body))\"\n}\n".utf8)
  }
}

struct ManifestError: Error {
  var reason: String
}
