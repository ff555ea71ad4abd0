import TestSupport
import Testing

/// The mechanism itself: inputs come back by their numbers, and a broken promise names its input.
@Suite struct FuzzTests {
  private let fuzz = Fuzz("mechanism", samples: [Array(#"{"a": [1, 2]}"#.utf8)], words: ["xyz"])

  private struct Found: Error {}

  @Test func inputsComeBack() {
    func inputs() -> [[UInt8]] {
      var inputs: [[UInt8]] = []
      _ = fuzz.run {
        inputs.append($0)
        return true
      }
      return inputs
    }
    let first = inputs()
    #expect(first == inputs())
    #expect(Set(first).count > min(first.count, 2000) / 3)
  }

  @Test func aFailureNamesItsInput() throws {
    var shown = 0
    let outcome = fuzz.run { _ in
      shown += 1
      throw Found()
    }
    #expect(shown == 1 && outcome.accepted + outcome.refused == 0)
    #expect(try #require(outcome.failure).description.contains(", input 0: Found()"))
  }
}
