import Configuration
import TestSupport
import Testing

@Suite struct JSONFuzzTests {
  private static let samples = [
    #"{"a": [1, -2.5e3, "x\u00e9\ud83d\ude00é\n", {"b": null, "c": [true, false, []]}]}"#,
    #"{"stages": {"s": {"epsilon": 0.2, "optimizer": {"type": "sgd"}}}}"#,
    "[0, -0.0, 1e308, 5e-324, 9223372036854775807, -9223372036854775808, 1E+2]",
  ].map { Array($0.utf8) }

  private static let words = [
    "{", "}", "[", "]", "\"", ":", ",", "\\u", "\\ud800", "\\\"", "0", "-", "e999", "1e-400",
    "null",
    "\u{feff}", "\"epsilon\"", "\"num_generations\":", "18446744073709551616", "[[[[[[[[",
    "\u{301}",
  ]

  /// Whatever parses is written and read back as the same value; whatever does not, throws.
  @Test func readsAnyBytes() throws {
    let outcome = Fuzz("json", samples: Self.samples, words: Self.words).run { bytes in
      guard let json = try? JSON(parsing: bytes) else { return false }
      for text in [json.text(), json.text(pretty: true)] {
        guard try JSON(parsing: text) == json else { throw Changed(text: text) }
      }
      _ = try? read(Run.self, from: json)
      return true
    }
    #expect(outcome.failure == nil, "\(outcome.failure.map(\.description) ?? "")")
    // Both kinds were met.
    #expect(outcome.accepted > outcome.refused / 100 && outcome.refused > outcome.accepted / 10)
  }

  private struct Changed: Error { var text: String }

  /// A long number, string, array or object takes time in proportion: squares would take minutes.
  @Test(
    .timeLimit(.minutes(2)),
    arguments: ["1", "\\u00e9", "a", "[],", "\"k\":1,", "[", "{\"a\":", " ", "-", "1.1e1"])
  func longTextsAreRead(_ part: String) {
    let long = String(repeating: part, count: (1 << 18) / part.utf8.count)
    for text in [long, "\"\(long)\"", "[\(long)]", "[\(long)1]", "{\(long)}", "0.\(long)"] {
      _ = try? JSON(parsing: text)
    }
  }

  @Test(.timeLimit(.minutes(2))) func manyKeysAreRead() throws {
    let text = "{" + (0..<30_000).map { "\"\($0)\":\($0)" }.joined(separator: ",") + "}"
    #expect(try JSON(parsing: text).members?.count == 30_000)
  }
}
