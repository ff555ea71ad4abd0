import Configuration

/// The rest of the line after a marker such as `####`.
public struct MarkedAnswer: AnswerExtractor {
  public static let name = "after"
  public static let takesWholeText = false

  public struct Config: ConfigBlock {
    public var marker = "####"
    public var occurrence = Occurrence.only
    public var maxBytes = 256
    public init() {}
    public static let keys = [
      KeyDescription("marker", "the text that the answer follows"), .occurrence, .maxBytes,
    ]

    public func validate() throws(ConfigError) {
      guard (1...64).contains(marker.utf8.count) else {
        throw ConfigError(
          path: "marker", reason: "1 to 64 bytes, found \(marker.utf8.count)")
      }
    }
  }

  private let config: Config
  private let marker: [UInt8]

  public init(_ config: Config) {
    self.config = config
    marker = Array(config.marker.utf8)
  }

  public func answer(in completion: ArraySlice<UInt8>) -> Extraction {
    var candidates = Candidates()
    var found = completion.firstPosition(of: marker, from: completion.startIndex)
    while let position = found {
      let start = position + marker.count
      found = completion.firstPosition(of: marker, from: start)
      let rest = completion[start..<(found ?? completion.endIndex)]
      let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
      candidates.add(rest[..<end])
    }
    return candidates.pick(config.occurrence, maximumBytes: config.maxBytes)
  }
}
