import Testing

@testable import rl

@Suite struct WrappingTests {
  @Test func shortLinesStay() {
    #expect(wrapped("a b\n\n  c", to: 5) == "a b\n\n  c")
  }

  @Test func linesBreakAtTheLastBlankThatFits() {
    #expect(wrapped("one two three four", to: 9) == "one two\n  three\n  four")
    #expect(wrapped("  one two", to: 6) == "  one\n    two")
    #expect(wrapped("one      two", to: 10) == "one\n  two")
  }

  /// The second column begins at 6, before the middle of 20.
  @Test func theRestStandsBelowItsColumn() {
    #expect(
      wrapped("name  a meaning of many words", to: 20)
        == "name  a meaning of\n      many words")
  }

  @Test func aWordIsNeverBroken() {
    #expect(wrapped("abcdefgh ijklmnop q", to: 5) == "abcdefgh\n  ijklmnop\n  q")
    #expect(wrapped("abcdefgh", to: 3) == "abcdefgh")
  }
}
