import Configuration
import TestSupport
import Testing

@testable import EnvironmentKit

/// Extractors, verifiers and partial credit are total over any bytes, and linear in their number.
@Suite struct JudgingFuzzTests {
  private static let samples = [
    "12+34=46\n", "<answer>46</answer>", "so #### 46\nand #### -7,000.5", "3, 1,2", "-0,00 +1,234",
    " a \t b\r\n\n c", "aaaa", "\u{feff}é\u{301}８<answer", "<answer><answer>1</answer>2</answer>",
  ].map { Array($0.utf8) }

  private static let words = [
    "<answer>", "</answer>", "<", "####", "#", "\n", "\r", " ", ",", "-", "+", "0", "1e9", "\u{0}",
    "\u{a0}", "\u{200b}", "a", "1,000", "::",
  ]

  private static func config<Config: Decodable>(_ json: JSON, as type: Config.Type) throws -> Config
  {
    try json.decode(type)
  }

  private static func extractors() throws -> [any AnswerExtractor] {
    var parts: [any AnswerExtractor] = []
    func add<Part: AnswerExtractor>(_ type: Part.Type) throws {
      for occurrence in Occurrence.allCases {
        var json = try JSON(encoding: Part.Config())
        if json["occurrence"] != nil { json["occurrence"] = JSON(occurrence.rawValue) }
        parts.append(try Part(json.decode(Part.Config.self)))
      }
    }
    for type in ExtractorCatalog.types { try add(type) }
    return parts
  }

  private static func verifiers() throws -> [any AnswerVerifier] {
    var parts: [any AnswerVerifier] = []
    func add<Part: AnswerVerifier>(_ type: Part.Type, _ changes: JSON) throws {
      let json = try JSON(encoding: Part.Config()).merging(changes)
      parts.append(try Part(json.decode(Part.Config.self)))
    }
    for type in VerifierCatalog.types { try add(type, [:]) }
    try add(ExactVerifier.self, ["normalise": ["trim", "ascii_lower", "collapse_space"]])
    try add(IntegerVerifier.self, ["plus": true, "leading_zeros": true, "grouping": true])
    try add(SequenceVerifier.self, ["element": "integer", "separator": ", "])
    try add(MultisetVerifier.self, ["element": "integer", "separator": "::"])
    return parts
  }

  private static func credits() throws -> [any PartialCredit] {
    try PartialCreditCatalog.types.map { type in
      func make<Part: PartialCredit>(_ type: Part.Type) throws -> any PartialCredit {
        try Part(Part.Config())
      }
      return try make(type)
    }
  }

  private struct Broken: Error { var promise: String }

  private static func require(_ condition: Bool, _ promise: @autoclosure () -> String) throws {
    if !condition { throw Broken(promise: promise()) }
  }

  /// An answer lies in the completion, trimmed and not blank; a canonical spelling is its own; what
  /// equals the gold answer is right, and no credit leaves `0..<1` where it is not.
  @Test func judgesAnyBytes() throws {
    let (extractors, verifiers) = (try Self.extractors(), try Self.verifiers())
    let credits = try Self.credits()
    let gold = Array("46".utf8)
    let outcome = Fuzz("judging", samples: Self.samples, words: Self.words).run { bytes in
      var isFound = false
      // Not from index 0: what counts from there must not count on it.
      let completion = ([0x20] + bytes)[1...]
      for extractor in extractors {
        guard case .found(let answer) = extractor.answer(in: completion) else { continue }
        isFound = true
        let isInside =
          completion.startIndex <= answer.startIndex && answer.endIndex <= completion.endIndex
        try Self.require(
          isInside && !answer.isEmpty && answer.elementsEqual(answer.trimmed), "\(extractor)")
      }
      for verifier in verifiers {
        if let spelling = verifier.canonical(completion) {
          try Self.require(verifier.canonical(spelling[...]) == spelling, "\(verifier)")
          let own = verifier.grade(spelling[...], against: spelling)
          try Self.require(own == .right || own == .undecidable, "\(verifier)")
        }
        if case .wrong(let credit) = verifier.grade(completion, against: gold) {
          try Self.require((0..<1).contains(credit), "\(verifier)")
        }
      }
      for rule in credits {
        let credit = rule.credit(completion, against: gold)
        try Self.require((0...1).contains(credit), "\(rule)")
        try Self.require(credit < 1 || completion.elementsEqual(gold), "\(rule)")
      }
      return isFound
    }
    #expect(outcome.failure == nil, "\(outcome.failure.map(\.description) ?? "")")
    #expect(outcome.accepted > 0 && outcome.refused > 0)
  }

  /// Much of what each part looks for: time in proportion is a second, its square half an hour.
  @Test(
    .timeLimit(.minutes(2)),
    arguments: [
      "a", "1", "-", " ", "\n", "<", "<answer>", "</answer>", "#", "####", "1,", ",",
    ])
  func longCompletionsAreJudged(_ part: String) throws {
    let bytes = Array(String(repeating: part, count: (1 << 17) / part.utf8.count).utf8)
    for extractor in try Self.extractors() { _ = extractor.answer(in: bytes[...]) }
    for verifier in try Self.verifiers() { _ = verifier.grade(bytes[...], against: bytes) }
    for rule in try Self.credits() { _ = rule.credit(bytes[...], against: bytes) }
  }
}
