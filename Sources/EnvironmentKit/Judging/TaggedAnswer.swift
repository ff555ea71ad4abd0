import Configuration

/// The text between `<name>` and `</name>`; a nested, unclosed or second tag spoils `only`.
public struct TaggedAnswer: AnswerExtractor {
  public static let name = "tag"
  public static let takesWholeText = false

  public struct Config: ConfigBlock {
    public var name = "answer"
    public var occurrence = Occurrence.only
    public var maxBytes = 256
    public init() {}
    public static let keys = [
      KeyDescription("name", "the tag's name, in ASCII letters, digits, - and _"),
      .occurrence, .maxBytes,
    ]

    public func validate() throws(ConfigError) {
      let isName = name.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == 0x2d || $0 == 0x5f }
      guard isName && !name.utf8.isEmpty else {
        throw ConfigError(path: "name", reason: "a tag's name has only ASCII letters, digits, -, _")
      }
    }
  }

  private let config: Config
  private let opening, closing: [UInt8]

  public init(_ config: Config) {
    self.config = config
    opening = Array("<\(config.name)>".utf8)
    closing = Array("</\(config.name)>".utf8)
  }

  public func answer(in completion: ArraySlice<UInt8>) -> Extraction {
    var candidates = Candidates()
    var start: Int?  // after an opening tag that waits for its end
    var position = completion.startIndex
    while let bracket = completion[position...].firstIndex(of: UInt8(ascii: "<")) {
      position = bracket + 1
      if completion.has(opening, at: bracket) {
        if start != nil { candidates.spoil() }
        position = bracket + opening.count
        start = position
      } else if completion.has(closing, at: bracket) {
        if let start { candidates.add(completion[start..<bracket]) } else { candidates.spoil() }
        position = bracket + closing.count
        start = nil
      }
    }
    if start != nil { candidates.spoil() }
    return candidates.pick(config.occurrence, maximumBytes: config.maxBytes)
  }
}
