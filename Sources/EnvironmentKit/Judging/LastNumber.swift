import Configuration

/// The last number anywhere in the completion: lenient, meant for `report`.
///
/// A number is digits, with `.` or `,` between them, and a `-` that follows no letter or digit.
public struct LastNumber: AnswerExtractor {
  public static let name = "last_number"
  public static let takesWholeText = false

  public struct Config: ConfigBlock {
    public var occurrence = Occurrence.last
    public var maxBytes = 256
    public init() {}
    public static let keys = [KeyDescription.occurrence, .maxBytes]
  }

  private let config: Config

  public init(_ config: Config) { self.config = config }

  public func answer(in completion: ArraySlice<UInt8>) -> Extraction {
    var candidates = Candidates()
    var position = completion.startIndex
    while position < completion.endIndex {
      guard completion[position].isDigit else {
        position += 1
        continue
      }
      let start = hasSign(completion, before: position) ? position - 1 : position
      position = end(ofNumberFrom: position, in: completion)
      candidates.add(completion[start..<position])
    }
    return candidates.pick(config.occurrence, maximumBytes: config.maxBytes)
  }

  private func hasSign(_ text: ArraySlice<UInt8>, before position: Int) -> Bool {
    guard position > text.startIndex, text[position - 1] == UInt8(ascii: "-") else { return false }
    guard position - 1 > text.startIndex else { return true }
    let before = text[position - 2]
    return !before.isDigit && !before.isLetter
  }

  private func end(ofNumberFrom start: Int, in text: ArraySlice<UInt8>) -> Int {
    var position = start + 1
    while position < text.endIndex {
      let isPoint = text[position] == UInt8(ascii: ".") || text[position] == UInt8(ascii: ",")
      if text[position].isDigit {
        position += 1
      } else if isPoint && position + 1 < text.endIndex && text[position + 1].isDigit {
        position += 2
      } else {
        break
      }
    }
    return position
  }
}
