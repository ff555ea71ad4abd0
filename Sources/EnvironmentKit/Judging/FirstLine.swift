import Configuration

/// The first line that is not blank; under `only` no other such line may follow.
public struct FirstLine: AnswerExtractor {
  public static let name = "first_line"
  public static let takesWholeText = true

  public struct Config: ConfigBlock {
    public var occurrence = Occurrence.only
    public var maxBytes = 256
    public init() {}
    public static let keys = [KeyDescription.occurrence, .maxBytes]

    public func validate() throws(ConfigError) {
      guard occurrence != .last else {
        throw ConfigError(path: "occurrence", reason: "first_line: only or first, found last")
      }
    }
  }

  private let config: Config

  public init(_ config: Config) { self.config = config }

  public func answer(in completion: ArraySlice<UInt8>) -> Extraction {
    var candidates = Candidates()
    var start = completion.startIndex
    while start < completion.endIndex {
      let end = completion[start...].firstIndex(of: UInt8(ascii: "\n")) ?? completion.endIndex
      candidates.add(completion[start..<end])
      start = end + 1
    }
    return candidates.pick(config.occurrence, maximumBytes: config.maxBytes)
  }
}
