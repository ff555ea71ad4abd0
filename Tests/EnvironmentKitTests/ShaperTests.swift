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

  /// 0.2 at step 0, half of it at step 50 of 100, nothing from step 100 on; only what is parsed.
  @Test(arguments: [(0, 0.2), (50, 0.1), (100, 0), (300, 0)])
  func formatDecaysToNothing(step: Int, bonus: Double) throws {
    var shaping = try shaping(["type": "format", "weight": 0.2, "decay_steps": 100])
    let group = Self.group(
      [Self.right, Self.wrong, Self.unparsed, Self.unjudged], tokens: [[1], [1], [1], [1]])
    #expect(shaping.shape([group], step: step).rewards == [[1 + bonus, bonus, 0, nil]])
    #expect(throws: ConfigErrors.self) { try Self.block(["type": "format", "weight": 0.3]) }
  }

  /// One success (1.2) and three forms (0.2 each): 0.6 of 1.8 is more than a fifth. After 200
  /// steps in a row it is told; a step of successes alone begins the count anew. What to try is
  /// said the first time.
  @Test func formatHackingIsTold() throws {
    var shaping = try shaping(["type": "format", "weight": 0.2, "decay_steps": 1_000_000])
    let hacked = Self.group(
      [Self.right, Self.wrong, Self.wrong, Self.wrong], tokens: [[1], [1], [1], [1]])
    let honest = Self.group([Self.right, Self.right], tokens: [[1], [1]])
    var told: [Int] = []
    for step in 0..<700 {
      let isHonest = step == 100 || step == 400
      let events = shaping.shape([isHonest ? honest : hacked], step: step).events
      if !events.isEmpty { told.append(step) }
      #expect(events.allSatisfy { $0.name == "format_hacking" })
      #expect(events.allSatisfy { $0.warning.contains("; try ") == (told.count == 1) })
    }
    #expect(told == [300, 600])
  }

  /// At n = 5 of 10 the cosine is 0: half-way. At n = 10 all the way.
  @Test func lengthCosineGoesFromShortToLong() throws {
    var shaping = try shaping([
      "type": "length_cosine", "success_short": 0.2, "success_long": 0.1, "failure_short": -0.2,
      "failure_long": 0.1,
    ])
    let tokens = [5, 10, 5, 10].map { Array(repeating: Int32(1), count: $0) }
    let group = Self.group([Self.right, Self.right, Self.wrong, Self.wrong], tokens: tokens)
    let rewards = try #require(shaping.shape([group], step: 0).rewards.first)
    for (reward, expected) in zip(rewards, [1.15, 1.1, -0.05, 0.1]) {
      #expect(abs((reward ?? .nan) - expected) < 1e-12)
    }
  }

  /// 1 2 1 2 1 has the pairs 12, 21, 12, 21: two of four are unique.
  @Test func repetitionCountsUniqueNgrams() throws {
    var shaping = try shaping(["type": "repetition", "ngram": 2, "penalty": 0.4])
    let tokens: [[Int32]] = [[1, 2, 1, 2, 1], [1, 2, 3], [1, 1, 1], [1]]
    let group = Self.group([Self.right, Self.right, Self.wrong, Self.wrong], tokens: tokens)
    #expect(shaping.shape([group], step: 0).rewards == [[0.8, 1, -0.2, 0]])
  }

  /// The gold answer is 12: 13 has one of two positions; 112 none but, from the right, two of
  /// three digits. A success has full credit, and what is no answer none.
  @Test(arguments: [("positions", [1.2, 0.1, 0.2 / 3, 0]), ("digits", [1.2, 0.1, 0.4 / 3, 0])])
  func partialPaysNearlyRightAnswers(rule: String, expected: [Double]) throws {
    var shaping = try shaping(["type": "partial", "weight": 0.2, "rule": JSON(rule)])
    let texts = ["12", rule == "digits" ? "22" : "13", "112", "?"]
    let group = Self.group(
      [Self.right, Self.wrong, Self.wrong, Self.unparsed], tokens: [[1], [1], [1], [1]],
      texts: texts)
    for (reward, value) in zip(shaping.shape([group], step: 0).rewards[0], expected) {
      #expect(abs((reward ?? .nan) - value) < 1e-12)
    }
  }

  @Test func clipCutsBonusesAlone() throws {
    var shaping = try shaping(
      ["type": "format", "weight": 0.2], ["type": "overlong", "buffer": 10, "penalty": 0.5],
      ["type": "clip", "low": -0.1, "high": 1])
    let tokens = [[], Array(repeating: Int32(1), count: 10)]
    let group = Self.group([Self.right, Self.unparsed], tokens: tokens)
    let outcome = shaping.shape([group], step: 0)
    #expect(outcome.rewards == [[1, -0.1]])
    #expect(abs((outcome.metrics["reward/clip/mean"] ?? 0) - 0.1) < 1e-12)  // (-0.2 + 0.4) / 2
    #expect(throws: ConfigError.self) { try self.shaping(["type": "clip", "high": 0.5]) }
    #expect(throws: ConfigError.self) { try self.shaping(["type": "clip", "low": 0.1]) }
  }

  /// Two equal answers of a group count 2 for both: 0.3 / √2; met again, 3. No answer, nothing.
  @Test func noveltyFallsWithTheCount() throws {
    var shaping = try shaping(["type": "novelty", "beta": 0.3, "cap": 2])
    let group = Self.group(
      [Self.wrong, Self.wrong, Self.wrong, Self.unparsed], tokens: [[1], [1], [1], [1]],
      texts: ["7", "7", "8", ""])
    let twice = 0.3 / 2.0.squareRoot()
    #expect(shaping.shape([group], step: 0).rewards == [[twice, twice, 0.3, 0]])
    let again = Self.group([Self.wrong, Self.wrong], tokens: [[1], [1]], texts: ["7", "9"])
    let outcome = shaping.shape([again], step: 1)
    #expect(outcome.rewards == [[0.3 / 3.0.squareRoot(), 0]])  // the table is full
    #expect(outcome.metrics["reward/novelty/keys"] == 2)
  }

  /// Of 1 2 3 4 the grams 123 and 234, of 1 2 3 only the first: N = 2, 1 and 2.
  @Test func noveltyOfNgramsIsTheirMean() throws {
    var shaping = try shaping(["type": "novelty", "beta": 0.2, "key": "ngram"])
    let group = Self.group([Self.wrong, Self.wrong], tokens: [[1, 2, 3, 4], [1, 2, 3]])
    let twice = 0.2 / 2.0.squareRoot()
    #expect(shaping.shape([group], step: 0).rewards == [[(twice + 0.2) / 2, twice]])
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
    // 0.2 + 0.5 + (0.2 + 0.2) = 1.1: each alone would do.
    #expect(throws: ConfigError.self) {
      try shaping(
        ["type": "format", "weight": 0.2], ["type": "partial", "weight": 0.5],
        ["type": "length_cosine", "success_short": 0.2, "failure_short": -0.2])
    }
    #expect(throws: ConfigError.self) { try shaping(["type": "overlong"], ["type": "overlong"]) }
  }
}
