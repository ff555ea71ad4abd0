/// One written step of a completion and whether it is right: what a process reward learns from.
public struct StepLabel: Sendable, Equatable {
  /// The step's bytes. At its end stands the delimiter, or the stop where it is the answer.
  public let bytes: Range<Int>
  public let isRight: Bool

  public init(bytes: Range<Int>, isRight: Bool) { (self.bytes, self.isRight) = (bytes, isRight) }
}

extension Environment {
  /// A label for each step that a completion has ended, the answer last.
  ///
  /// A step before the answer is right where it equals the problem's step at its place; whether an
  /// earlier one was wrong does not matter. What truncation left unended has no label. In a file
  /// without steps the answer is the only one.
  public func stepLabels(
    of completion: [UInt8], isTruncated: Bool, problem: Problem
  ) -> [StepLabel] {
    judging.stepLabels(of: completion, isTruncated: isTruncated, problem: problem)
  }

  /// The one spelling of the answer in a completion; `nil` where there is none, right or wrong.
  public func canonicalAnswer(in completion: [UInt8], isTruncated: Bool) -> [UInt8]? {
    guard completion.count <= judging.completionBytes, !isTruncated || !judging.requiresStop else {
      return nil
    }
    return judging.answer(in: completion).flatMap { judging.verifier.canonical($0) }
  }
}

extension Judging {
  /// What stands between delimiters; the last part is the answer's.
  func writtenSteps(in text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    while let end = text.firstPosition(of: stepDelimiter, from: start) {
      parts.append(text[start..<end])
      start = end + stepDelimiter.count
    }
    return parts + [text[start...]]
  }

  /// Right steps over the problem's, or over those written where they are more.
  func rightShare(ofSteps written: ArraySlice<ArraySlice<UInt8>>, in problem: Problem) -> Double {
    let right = zip(written, problem.steps).reduce(0) { isRight($1.0, $1.1) ? $0 + 1 : $0 }
    return Double(right) / Double(max(written.count, problem.steps.count, 1))
  }

  /// Whether the problem's steps were written, and nothing else.
  func areRight(_ written: ArraySlice<ArraySlice<UInt8>>, in problem: Problem) -> Bool {
    written.count == problem.steps.count
      && zip(written, problem.steps).allSatisfy { isRight($0, $1) }
  }

  fileprivate func stepLabels(
    of completion: [UInt8], isTruncated: Bool, problem: Problem
  ) -> [StepLabel] {
    guard completion.count <= completionBytes else { return [] }
    let written = writtenSteps(in: beforeStop(completion))
    var labels = zip(written.dropLast().indices, written).map { place, step in
      StepLabel(
        bytes: step.startIndex..<step.endIndex,
        isRight: place < problem.steps.count && isRight(step, problem.steps[place]))
    }
    if let answer = written.last, !isTruncated {
      labels.append(
        StepLabel(
          bytes: answer.startIndex..<answer.endIndex, isRight: isRight(answer, problem.answer)))
    }
    return labels
  }

  private func isRight(_ step: ArraySlice<UInt8>, _ gold: String) -> Bool {
    guard case .found(let answer) = extractor.answer(in: step) else { return false }
    return verifier.grade(answer, against: Array(gold.utf8)) == .right
  }
}
