/// What can be asked: its canonical key decides the split, its answer feeds SFT and audits.
public struct Problem: Codable, Sendable {
  /// The same for every way of asking the same thing: commutative operands are sorted.
  public var key: String
  public var question: String
  public var answer: String
  /// What an environment file with steps has written before the answer, in this order.
  public var steps: [String]

  public init(key: String, question: String, answer: String, steps: [String] = []) {
    (self.key, self.question, self.answer, self.steps) = (key, question, answer, steps)
  }
}

extension Problem: Equatable {
  /// Byte by byte: Swift's `String ==` calls a composed and a decomposed accent equal.
  public static func == (left: Problem, right: Problem) -> Bool {
    left.key.utf8.elementsEqual(right.key.utf8)
      && left.question.utf8.elementsEqual(right.question.utf8)
      && left.answer.utf8.elementsEqual(right.answer.utf8)
      && left.steps.elementsEqual(right.steps) { $0.utf8.elementsEqual($1.utf8) }
  }
}
