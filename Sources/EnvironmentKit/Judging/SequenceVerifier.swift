import Configuration

/// Elements between separators, equal one by one and in order.
public struct SequenceVerifier: AnswerVerifier {
  public static let name = "sequence"
  public typealias Config = ElementsConfig

  private let elements: Elements

  public init(_ config: ElementsConfig) { elements = Elements(config) }

  public func canonical(_ answer: ArraySlice<UInt8>) -> [UInt8]? {
    elements.canonical(answer).map { Array($0.joined(separator: elements.separator)) }
  }
}

/// What the verifiers of several elements share.
public struct ElementsConfig: ConfigBlock {
  public enum Element: String, Codable, Sendable, CaseIterable { case exact, integer }

  public var separator = ","
  public var element = Element.exact
  public init() {}
  public static let keys = [
    KeyDescription("separator", "the text between two elements"),
    KeyDescription("element", "what is equal within an element", "exact|integer"),
  ]

  public func validate() throws(ConfigError) {
    guard (1...16).contains(separator.utf8.count) else {
      throw ConfigError(
        path: "separator", reason: "1 to 16 bytes, found \(separator.utf8.count)")
    }
  }
}

/// Splits an answer into the canonical spellings of its elements.
struct Elements: Sendable {
  let separator: [UInt8]
  private let verifier: any AnswerVerifier

  init(_ config: ElementsConfig) {
    separator = Array(config.separator.utf8)
    verifier =
      switch config.element {
      case .exact: ExactVerifier(.init())
      case .integer: IntegerVerifier(.init())
      }
  }

  /// Spaces around an element are not part of it; an empty element is no element.
  func canonical(_ answer: ArraySlice<UInt8>) -> [[UInt8]]? {
    var parts: [[UInt8]] = []
    var start = answer.startIndex
    while true {
      let end = answer.firstPosition(of: separator, from: start) ?? answer.endIndex
      let part = answer[start..<end].trimmed
      guard !part.isEmpty, let spelling = verifier.canonical(part) else { return nil }
      parts.append(spelling)
      if end == answer.endIndex { return parts }
      start = end + separator.count
    }
  }
}
