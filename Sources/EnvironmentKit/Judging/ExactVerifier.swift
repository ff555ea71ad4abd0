import Configuration

/// Equal bytes after the declared normalisers.
public struct ExactVerifier: AnswerVerifier {
  public static let name = "exact"

  public enum Normaliser: String, Codable, Sendable, CaseIterable {
    case trim
    case asciiLower = "ascii_lower"
    case collapseSpace = "collapse_space"
  }

  public struct Config: ConfigBlock {
    public var normalise: [Normaliser] = []
    public init() {}
    public static let keys = [
      KeyDescription(
        "normalise", "applied to both sides, in this order", "trim|ascii_lower|collapse_space")
    ]
  }

  private let config: Config

  public init(_ config: Config) { self.config = config }

  public func canonical(_ answer: ArraySlice<UInt8>) -> [UInt8]? {
    config.normalise.reduce(Array(answer)) { bytes, normaliser in
      switch normaliser {
      case .trim: Array(bytes[...].trimmed)
      case .asciiLower: bytes.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
      case .collapseSpace: collapsingSpaces(bytes)
      }
    }
  }

  /// Each run of ASCII white space becomes one space.
  private func collapsingSpaces(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for byte in bytes {
      if !byte.isASCIISpace {
        result.append(byte)
      } else if result.last != 0x20 {
        result.append(0x20)
      }
    }
    return result
  }
}
