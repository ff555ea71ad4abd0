import Configuration

/// The extractor, verifier and reward map that an environment file chose: a pure function of bytes.
public struct Judging: Sendable {
  /// Another reading of the completion, reported and never rewarded.
  struct Report: Sendable {
    let name: String
    let extractor: any AnswerExtractor
    let verifier: any AnswerVerifier
  }

  let extractor: any AnswerExtractor
  let verifier: any AnswerVerifier
  let partial: any PartialCredit
  let reports: [Report]
  let reward: RewardBlock
  let steps: StepsBlock
  let stepDelimiter: [UInt8]
  let stop: [[UInt8]]
  let requiresStop: Bool
  let completionBytes: Int

  /// Judges what came before the stop; `isTruncated` says that there was no stop.
  public func verdict(
    on completion: [UInt8], isTruncated: Bool, problem: Problem
  ) -> Verdict {
    guard completion.count <= completionBytes else { return unparsed("completion too long") }
    let text = beforeStop(completion)
    let gold = Array(problem.answer.utf8)
    var verdict = isTruncated && requiresStop ? unparsed("no stop") : graded(text, problem)
    for report in reports {
      verdict.components["report/\(report.name)"] = report.succeeds(on: text, gold) ? 1 : 0
    }
    return verdict
  }

  /// The answer before the stop, if there is one.
  func answer(in completion: [UInt8]) -> ArraySlice<UInt8>? {
    let last = writtenSteps(in: beforeStop(completion)).last ?? []
    guard case .found(let answer) = extractor.answer(in: last) else { return nil }
    return answer
  }

  private func graded(_ text: ArraySlice<UInt8>, _ problem: Problem) -> Verdict {
    let gold = Array(problem.answer.utf8)
    let written = writtenSteps(in: text)
    switch extractor.answer(in: written.last ?? []) {
    case .none(let reason): return unparsed(reason)
    case .found(let answer):
      switch verifier.grade(answer, against: gold) {
      case .right where steps.required && !areRight(written.dropLast(), in: problem):
        let share = rightShare(ofSteps: written.dropLast(), in: problem)
        return failed(share: steps.credit * share, "wrong step")
      case .right:
        return Verdict(score: reward.success, isSuccess: true, isParsed: true, reason: "right")
      case .wrong(let credit):
        let share = max(
          credit, partial.maximum * partial.credit(answer, against: gold),
          steps.credit * rightShare(ofSteps: written.dropLast(), in: problem))
        return failed(share: share, "wrong")
      case .malformed: return unparsed("malformed answer")
      case .undecidable:
        return Verdict(score: nil, isSuccess: false, isParsed: false, reason: "bad gold answer")
      }
    }
  }

  private func failed(share: Double, _ reason: String) -> Verdict {
    Verdict(
      score: reward.failure + share * (reward.success - reward.failure), isSuccess: false,
      isParsed: true, reason: reason)
  }

  private func unparsed(_ reason: String) -> Verdict {
    Verdict(score: reward.unparsed, isSuccess: false, isParsed: false, reason: reason)
  }

  /// A completion that still carries its stop is judged without it.
  func beforeStop(_ completion: [UInt8]) -> ArraySlice<UInt8> {
    let positions = stop.compactMap { completion[...].firstPosition(of: $0, from: 0) }
    return completion[..<(positions.min() ?? completion.count)]
  }
}

extension Judging.Report {
  fileprivate func succeeds(on text: ArraySlice<UInt8>, _ gold: [UInt8]) -> Bool {
    guard case .found(let answer) = extractor.answer(in: text) else { return false }
    return verifier.grade(answer, against: gold) == .right
  }
}
