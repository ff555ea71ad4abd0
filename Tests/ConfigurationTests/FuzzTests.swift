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
    #expect(Set(first).count > first.count / 2)
  }

  @Test func aFailureNamesItsInput() throws {
    var number = -1
    let outcome = fuzz.run { input in
      number += 1
      if input.contains(UInt8(ascii: "z")) { throw Found() }
      return number % 2 == 0
    }
    let failure = try #require(outcome.failure)
    #expect(outcome.accepted + outcome.refused == number)
    #expect(failure.description.contains(", input \(number): Found()"))
  }
}
