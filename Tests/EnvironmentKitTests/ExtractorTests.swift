import EnvironmentKit
import Testing

@Suite struct ExtractorTests {
  private func answer(_ extractor: any AnswerExtractor, _ text: String) -> String? {
    guard case .found(let bytes) = extractor.answer(in: Array(text.utf8)[...]) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func wholeTrimsASCIISpaceOnly() {
    let extractor = WholeAnswer(.init())
    #expect(answer(extractor, " \t46\r\n") == "46")
    #expect(answer(extractor, "\u{a0}46\u{200b}") == "\u{a0}46\u{200b}")
    #expect(answer(extractor, "4 6") == "4 6")
    for blank in ["", " ", "\n", " \t\n"] { #expect(answer(extractor, blank) == nil) }
  }

  @Test func anAnswerMayHaveMaxBytes() {
    var config = WholeAnswer.Config()
    config.maxBytes = 3
    #expect(answer(WholeAnswer(config), " 123 ") == "123")
    #expect(answer(WholeAnswer(config), "1234") == nil)
  }

  @Test func aSecondLineSpoilsTheFirst() {
    var config = FirstLine.Config()
    #expect(answer(FirstLine(config), "\n 46 \n\n") == "46")
    #expect(answer(FirstLine(config), "46\n47") == nil)
    config.occurrence = .first
    #expect(answer(FirstLine(config), "46\n47") == "46")
  }

  @Test(arguments: [
    ("<answer>46</answer>", "46"), ("so <answer> 46 </answer> it is", "46"),
    ("<answer>4</answer><answer>6</answer>", nil), ("<answer><answer>3</answer>", nil),
    ("<answer>46", nil), ("46</answer>", nil), ("<Answer>46</Answer>", nil),
    ("<answer></answer>", nil), ("<answer>4</answer></answer>", nil),
  ]) func oneTagIsAnAnswer(text: String, expected: String?) {
    #expect(answer(TaggedAnswer(.init()), text) == expected)
  }

  @Test func tagsMayBeChosenByOccurrence() {
    var config = TaggedAnswer.Config()
    config.occurrence = .last
    #expect(answer(TaggedAnswer(config), "<answer>4</answer><answer>6</answer>") == "6")
    config.occurrence = .first
    #expect(answer(TaggedAnswer(config), "<answer>4</answer><answer>6</answer>") == "4")
  }

  @Test func afterTakesTheRestOfTheLine() {
    var config = MarkedAnswer.Config()
    #expect(answer(MarkedAnswer(config), "so\n#### 42\nyes") == "42")
    #expect(answer(MarkedAnswer(config), "####42") == "42")
    #expect(answer(MarkedAnswer(config), "#### 42 or 43") == "42 or 43")
    #expect(answer(MarkedAnswer(config), "#### 4 #### 5") == nil)
    #expect(answer(MarkedAnswer(config), "42") == nil)
    config.occurrence = .last
    #expect(answer(MarkedAnswer(config), "#### 4 #### 5") == "5")
  }

  @Test(arguments: [
    ("it is 42.", "42"), ("3-5", "5"), ("a -5", "-5"), ("-5", "-5"), ("--5", "-5"),
    ("1,000 and 8.0", "8.0"), ("1,000", "1,000"), ("7 or 8", "8"), ("x-1", "1"), ("no", nil),
  ]) func theLastNumberIsFound(text: String, expected: String?) {
    #expect(answer(LastNumber(.init()), text) == expected)
  }

  /// No bytes may trap, valid UTF-8 or not.
  @Test func extractorsAreTotal() {
    let extractors: [any AnswerExtractor] = [
      WholeAnswer(.init()), FirstLine(.init()), TaggedAnswer(.init()), MarkedAnswer(.init()),
      LastNumber(.init()),
    ]
    let alphabet = Array("<answer>/#-1,.\n ".utf8) + [0, 0xff, 0xc3]
    var state: UInt64 = 1
    for _ in 0..<2000 {
      let bytes = (0..<24).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1
        return alphabet[Int(state >> 33) % alphabet.count]
      }
      for extractor in extractors {
        guard case .found(let answer) = extractor.answer(in: bytes[4...]) else { continue }
        #expect(!answer.isEmpty && answer.startIndex >= 4)
      }
    }
  }
}
