import Configuration
import EnvironmentKit
import Testing

@Suite struct StepLabelsTests {
  private let problem = Problem(key: "k", question: "1>", answer: "102", steps: ["46"])

  private func environment(_ steps: JSON = ["delimiter": ";"]) throws -> Environment {
    try Successor.environment(["steps": steps])
  }

  private func labels(_ text: String, isTruncated: Bool = false) throws -> [StepLabel] {
    try environment().stepLabels(
      of: Array(text.utf8), isTruncated: isTruncated, problem: problem)
  }

  /// Bytes 0 and 1 are the step, 2 its delimiter, 3 to 5 the answer.
  @Test func eachStepSaysWhereItEnds() throws {
    #expect(
      try labels("46;102\n") == [
        StepLabel(bytes: 0..<2, isRight: true), StepLabel(bytes: 3..<6, isRight: true),
      ])
  }

  @Test(arguments: [
    ("46;102", [true, true]), ("47;102", [false, true]), ("46;103", [true, false]),
    ("102", [true]), ("46", [false]), ("46;46;102", [true, false, true]), ("46;", [true, false]),
    (";102", [false, true]), ("046;102", [false, true]), ("", [false]),
  ])
  func aStepIsRightInItsPlace(_ text: String, _ right: [Bool]) throws {
    #expect(try labels(text).map(\.isRight) == right)
  }

  /// What was cut off has not ended, whatever stands there so far.
  @Test func anUnendedStepHasNoLabel() throws {
    #expect(try labels("46;102", isTruncated: true).map(\.isRight) == [true])
    #expect(try labels("46", isTruncated: true) == [])
  }

  @Test func withoutStepsTheAnswerIsTheOnlyOne() throws {
    let labels = try Successor.environment().stepLabels(
      of: Array("102".utf8), isTruncated: false, problem: problem)
    #expect(labels == [StepLabel(bytes: 0..<3, isRight: true)])
  }

  /// Success is the answer's alone, and a step that leads nowhere is none.
  @Test(arguments: [
    ("46;102", "right"), ("47;102", "right"), ("102", "right"), ("46;103", "wrong"),
    ("46;102;", "no answer"), ("46 102", "malformed answer"),
  ])
  func theAnswerDecides(_ text: String, _ reason: String) throws {
    let verdict = try environment().verdict(
      on: Array(text.utf8), isTruncated: false, problem: problem)
    #expect(verdict.reason == reason && verdict.isSuccess == (reason == "right"))
    #expect(verdict.score == (reason == "right" ? 1 : 0))
  }

  /// 0.3 times right steps over those of the problem, or over those written if they are more.
  @Test(arguments: [
    ("46;103", 0.3), ("47;103", 0), ("46;46;103", 0.15), ("103", 0), ("46;x", 0), ("47;102", 1),
  ])
  func rightStepsMayPay(_ text: String, _ score: Double) throws {
    let verdict = try environment(["delimiter": ";", "credit": 0.3]).verdict(
      on: Array(text.utf8), isTruncated: false, problem: problem)
    #expect(verdict.score == score)
  }

  /// Where steps are required, a right answer is a success only behind each of them; with none to
  /// write, only behind none. What right ones earn is paid for their share all the same.
  @Test(arguments: [
    ("46;102", 1, "right"), ("47;102", 0, "wrong step"), ("102", 0, "wrong step"),
    ("46;46;102", 0.15, "wrong step"), ("46;103", 0.3, "wrong"), ("47;103", 0, "wrong"),
  ])
  func stepsMayBeRequired(_ text: String, _ score: Double, _ reason: String) throws {
    let strict = try environment(["delimiter": ";", "credit": 0.3, "required": true])
    func verdict(_ problem: Problem) -> Verdict {
      strict.verdict(on: Array(text.utf8), isTruncated: false, problem: problem)
    }
    #expect(verdict(problem).score == score && verdict(problem).reason == reason)
    #expect(verdict(problem).isSuccess == (score == 1))
    let short = Problem(key: problem.key, question: problem.question, answer: problem.answer)
    #expect(verdict(short).isSuccess == (text == "102"))
  }

  @Test func demonstrationsAndTheAlphabetHaveTheSteps() throws {
    #expect(try environment().demonstration(for: problem) == "46;102\n")
    #expect(try Successor.environment().demonstration(for: problem) == "102\n")
    #expect(try environment().alphabet.contains(";"))
    #expect(try !Successor.environment().alphabet.contains(";"))
  }

  @Test func theFingerprintKnowsOfSteps() throws {
    let plain = try Successor.environment().fingerprint
    #expect(try environment(["delimiter": ""]).fingerprint == plain)
    let steps = try environment().fingerprint
    #expect(steps != plain)
    #expect(try environment(["delimiter": ";", "credit": 0.3]).fingerprint != steps)
    #expect(try environment(["delimiter": ";", "required": true]).fingerprint != steps)
    #expect(try environment(["delimiter": ";", "required": false]).fingerprint == steps)
  }

  /// A credit without steps would do nothing, and a stop would end the answer at its first step.
  @Test(
    arguments: [
      ["credit": 0.3], ["required": true], ["delimiter": "\n"], ["delimiter": ";", "credit": 0.6],
      ["delimiter": "-----------------"],
    ] as [JSON])
  func whatCannotBeMeantIsRefused(_ steps: JSON) {
    #expect(throws: ConfigErrors.self) { try environment(steps) }
  }

  /// The one spelling: 102, whatever stands before it; nothing where there is no answer.
  @Test func theCanonicalAnswerIsTheLastStep() throws {
    func answer(_ text: String, isTruncated: Bool = false) throws -> String? {
      try environment().canonicalAnswer(in: Array(text.utf8), isTruncated: isTruncated)
        .map { String(decoding: $0, as: UTF8.self) }
    }
    #expect(try answer("46;102\n") == "102")
    #expect(try answer(" 102 ") == "102")
    #expect(try answer("46;x") == nil)
    #expect(try answer("46;") == nil)
    #expect(try answer("102", isTruncated: true) == nil)
  }
}
