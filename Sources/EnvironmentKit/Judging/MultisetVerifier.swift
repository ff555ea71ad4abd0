import Configuration

/// Elements between separators, equal with their multiplicities in any order.
public struct MultisetVerifier: AnswerVerifier {
  public static let name = "multiset"
  public typealias Config = ElementsConfig

  private let elements: Elements

  public init(_ config: ElementsConfig) { elements = Elements(config) }

  public func canonical(_ answer: ArraySlice<UInt8>) -> [UInt8]? {
    elements.canonical(answer).map { parts in
      Array(
        parts.sorted { $0.lexicographicallyPrecedes($1) }.joined(separator: elements.separator))
    }
  }
}
