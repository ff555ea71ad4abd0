import Configuration

/// Finds the answer in a completion.
///
/// Total on any bytes and linear in their number. Matching is case-sensitive.
public protocol AnswerExtractor: Component {
  /// Whether any text around the answer spoils it; the audit's mutations rely on it.
  static var takesWholeText: Bool { get }
  func answer(in completion: ArraySlice<UInt8>) -> Extraction
}

/// An answer, or the few words why there is none.
public enum Extraction: Sendable {
  case found(ArraySlice<UInt8>)
  case none(String)
}

/// Which of several candidates counts; `only` defeats a policy that lists them all.
public enum Occurrence: String, Codable, Sendable, CaseIterable {
  case only, first, last
}

/// What an extractor has met on its way through the completion.
struct Candidates {
  private(set) var first: ArraySlice<UInt8>?
  private(set) var last: ArraySlice<UInt8>?
  private var isSingle = true

  /// Adds a candidate unless it is blank.
  mutating func add(_ slice: ArraySlice<UInt8>) {
    let answer = slice.trimmed
    guard !answer.isEmpty else { return }
    if first == nil { first = answer } else { isSingle = false }
    last = answer
  }

  /// Notes broken markup beside the candidates, which `only` does not forgive.
  mutating func spoil() { isSingle = false }

  func pick(_ occurrence: Occurrence, maximumBytes: Int) -> Extraction {
    guard let first, let last else { return .none("no answer") }
    if occurrence == .only && !isSingle { return .none("several answers") }
    let answer = occurrence == .last ? last : first
    return answer.count <= maximumBytes ? .found(answer) : .none("answer too long")
  }
}

extension KeyDescription {
  static let occurrence = KeyDescription(
    "occurrence", "which of several candidates counts; only: two are none", "only|first|last")
  static let maxBytes = KeyDescription(
    "max_bytes", "a longer answer is none", "1...65536")
}
