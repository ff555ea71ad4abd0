/// Decides whether an answer is the right one: bytes in, no clock, no locale, no floating point.
public protocol AnswerVerifier: Component {
  /// The one spelling that all equal answers share; `nil` where the bytes are no such answer.
  func canonical(_ answer: ArraySlice<UInt8>) -> [UInt8]?
  func grade(_ answer: ArraySlice<UInt8>, against gold: [UInt8]) -> Grade
}

/// How an answer compares with the gold one.
public enum Grade: Sendable, Equatable {
  case right
  /// The credit, below 1, is what the verifier itself counts as partly right.
  case wrong(credit: Double)
  /// Not an answer in this verifier's grammar.
  case malformed
  /// The gold answer is malformed: nothing can be said.
  case undecidable
}

extension AnswerVerifier {
  public func grade(_ answer: ArraySlice<UInt8>, against gold: [UInt8]) -> Grade {
    guard let expected = canonical(gold[...]) else { return .undecidable }
    guard let found = canonical(answer) else { return .malformed }
    return found == expected ? .right : .wrong(credit: 0)
  }
}
