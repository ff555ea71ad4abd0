import Configuration
import EnvironmentKit
import Randomness
import Testing

@Suite struct JudgingTests {
  private let problem = Problem(key: "45", question: "45>", answer: "46")

  private func verdict(
    _ text: String, isTruncated: Bool = false, _ changes: JSON = [:]
  ) throws -> Verdict {
    try Successor.environment(changes).verdict(
      on: Array(text.utf8), isTruncated: isTruncated, problem: problem)
  }

  @Test func aRightAnswerScoresOne() throws {
    #expect(
      try verdict("46")
        == Verdict(score: 1, isSuccess: true, isParsed: true, reason: "right"))
    #expect(
      try verdict("47")
        == Verdict(score: 0, isSuccess: false, isParsed: true, reason: "wrong"))
    #expect(try verdict("46 47").reason == "malformed answer")
    #expect(try verdict("").reason == "no answer")
  }

  @Test func theStopMayBeStillThere() throws {
    #expect(try verdict("46\n").isSuccess)
    #expect(try verdict("46\n47").isSuccess)
  }

  /// As long as a stop may be, and nearly there at every byte of the longest completion.
  @Test func stopsAreShort() throws {
    let nearly = String(repeating: "a", count: 63) + "b"
    let changes: JSON = [
      "episode": ["stop": [JSON(nearly)]], "limits": ["completion_bytes": 1_048_576],
    ]
    let long = String(repeating: "a", count: 1 << 16)
    #expect(try verdict(long, changes).reason == "answer too long")
    for stop in ["", nearly + "b"] {
      #expect(throws: ConfigErrors.self) {
        try Successor.environment(["episode": ["stop": [JSON(stop)]]])
      }
    }
  }

  @Test func withoutAStopThereIsNoAnswer() throws {
    let cut = try verdict("46", isTruncated: true)
    #expect(cut.score == 0 && !cut.isParsed && cut.reason == "no stop")
    #expect(try verdict("46", isTruncated: true, ["episode": ["require_stop": false]]).isSuccess)
  }

  @Test func aBadGoldAnswerHasNoScore() throws {
    let bad = Problem(key: "x", question: "x>", answer: "046")
    let verdict = try Successor.environment().verdict(
      on: Array("46".utf8), isTruncated: false, problem: bad)
    #expect(verdict.score == nil && !verdict.isSuccess)
    #expect(try JSON(encoding: verdict)["score"]?.isNull == true)
  }

  @Test func reportsAreShownAndNeverPaid() throws {
    let report: JSON = [
      "report": [
        [
          "name": "lenient", "extract": ["type": "last_number"], "verify": ["type": "integer"],
        ]
      ]
    ]
    let verdict = try verdict("it is 46", report)
    #expect(verdict.score == 0 && !verdict.isSuccess)
    #expect(verdict.components == ["report/lenient": 1])
    #expect(try self.verdict("it is 47", report).components == ["report/lenient": 0])
  }

  /// failure + max · digits · (success - failure) = -1 + 0.5 · 1/2 · 3, and unparsed as it says.
  @Test func theRewardMapIsTheFiles() throws {
    let map: JSON = [
      "reward": [
        "success": 2, "failure": -1, "unparsed": -2, "partial": ["type": "digits", "max": 0.5],
      ]
    ]
    #expect(try verdict("46", map).score == 2)
    #expect(try verdict("36", map).score == -0.25)
    #expect(try verdict("x", map).score == -2)
  }

  @Test func hugeCompletionsAreNotLookedAt() throws {
    let huge = String(repeating: " ", count: 1_000_000) + "46"
    #expect(try verdict(huge).reason == "completion too long")
  }

  @Test func episodesAreValues() throws {
    let environment = try Successor.environment([
      "prompt": ["system": "count", "template": "[{question}]"]
    ])
    var first = environment.episode(for: problem)
    var second = first
    #expect(first.opening.map(\.text) == ["count", "[45>]"])
    #expect(environment.prompt(for: problem) == "[45>]")
    #expect(environment.demonstration(for: problem) == "46\n")
    guard case .finished(let wrong) = first.respond(to: Array("5".utf8), isTruncated: false),
      case .finished(let right) = second.respond(to: Array("46".utf8), isTruncated: false)
    else {
      Issue.record("the episode goes on")
      return
    }
    #expect(!wrong.isSuccess && right.isSuccess)
  }
}
