import Configuration
import Testing

@testable import EnvironmentKit

@Suite struct ShaperTests {
  /// Completions of `tokens`, each judged as `verdicts` says and saying `texts`.
  static func group(
    _ verdicts: [Verdict], tokens: [[Int32]], texts: [String] = []
  ) -> ShapedGroup {
    ShapedGroup(
      FinishedGroup(
        level: 0, key: "k", verdicts: verdicts, lengths: tokens.map(\.count),
        isTruncated: tokens.map { _ in false }),
      problem: Problem(key: "k", question: "1>", answer: "12")
    ) { rollout in
      ShapedGroup.Completion(
        tokens: tokens[rollout], text: texts.isEmpty ? [] : Array(texts[rollout].utf8))
    }
  }

  static let right = Verdict(score: 1, isSuccess: true, isParsed: true, reason: "right")
  static let wrong = Verdict(score: 0, isSuccess: false, isParsed: true, reason: "wrong")
  static let unparsed = Verdict(score: 0, isSuccess: false, isParsed: false, reason: "no answer")
  static let unjudged = Verdict(score: nil, isSuccess: false, isParsed: false, reason: "bad gold")

  /// The shapers of `blocks` on the integers of `Successor`, at most `maximumTokens` tokens each.
  private func shaping(_ blocks: JSON..., maximumTokens: Int = 10) throws -> Shaping {
    try Shaping(
      blocks.map { try Self.block($0) },
      ShapingContext(environment: Successor.environment(), maximumTokens: maximumTokens))
  }

  /// Reads a block as a configuration does.
  static func block(_ json: JSON) throws -> Variant<ShaperCatalog> {
    struct Stage: ConfigBlock {
      var shaping: [Variant<ShaperCatalog>] = []
      static let keys = [KeyDescription("shaping", "of rewards")]
    }
    return try read(Stage.self, from: ["shaping": [json]]).shaping[0]
  }

  /// Of 10 tokens the last 4: n = 6, 7, 8, 10 lose 0, 1/4, 1/2 and all of 0.4.
  @Test func overlongGrowsOverItsBuffer() throws {
    var shaping = try shaping(["type": "overlong", "buffer": 4, "penalty": 0.4])
    let tokens = [6, 7, 8, 10].map { Array(repeating: Int32(1), count: $0) }
    let group = Self.group([Self.right, Self.right, Self.wrong, Self.unjudged], tokens: tokens)
    let outcome = shaping.shape([group], step: 0)
    #expect(outcome.rewards == [[1, 0.9, -0.2, nil]])
    #expect(outcome.metrics["reward/raw/mean"] == 2.0 / 3)
    #expect(abs((outcome.metrics["reward/overlong/mean"] ?? 0) + 0.1) < 1e-15)
  }

  /// A fifth of 8 tokens, rounded up, is 2: the seventh costs a half, the eighth all.
  @Test func overlongTakesAFifthByItself() throws {
    var shaping = try shaping(["type": "overlong", "penalty": 0.5], maximumTokens: 8)
    let tokens = [6, 7, 8].map { Array(repeating: Int32(1), count: $0) }
    let group = Self.group([Self.right, Self.right, Self.right], tokens: tokens)
    #expect(shaping.shape([group], step: 0).rewards == [[1, 0.75, 0.5]])
    #expect(throws: ConfigError.self) {
      try self.shaping(["type": "overlong", "buffer": 9], maximumTokens: 8)
    }
  }

  @Test func withoutShapersRewardsAreRaw() throws {
    var shaping = try shaping()
    let group = Self.group([Self.right, Self.wrong, Self.unjudged], tokens: [[1], [1], [1]])
    let outcome = shaping.shape([group], step: 0)
    #expect(outcome.rewards == [[1, 0, nil]])
    #expect(outcome.metrics == ["reward/raw/mean": 0.5])
  }

  /// Penalties and bonuses together must stay below what a success earns more than a failure.
  @Test func noFailureMayBeWorthASuccess() throws {
    let error = #expect(throws: ConfigError.self) {
      try shaping(["type": "overlong", "penalty": 1])
    }
    #expect(error?.path == "shaping" && error?.reason.contains("success") == true)
    #expect(throws: ConfigError.self) {
      try shaping(["type": "overlong"], ["type": "overlong"])
    }
  }
}
