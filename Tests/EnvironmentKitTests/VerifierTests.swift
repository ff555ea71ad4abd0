import EnvironmentKit
import Testing

@Suite struct VerifierTests {
  private func grade(_ verifier: any AnswerVerifier, _ answer: String, _ gold: String) -> Grade {
    verifier.grade(Array(answer.utf8)[...], against: Array(gold.utf8))
  }

  @Test(arguments: [
    "+8", "08", "8.0", "8e0", "0x8", "８", "٨", "1_0", "1,0", "\u{a0}8", "8\u{200b}", "", "-",
    "-0", "00", "--8", "8-", " 8", "nan", "inf", "1e999",
  ]) func integersHaveOneSpelling(text: String) {
    #expect(grade(IntegerVerifier(.init()), text, "8") == .malformed)
  }

  @Test func integersMayBeLong() {
    let long = String(repeating: "7", count: 10_000)
    #expect(grade(IntegerVerifier(.init()), long, long) == .right)
    #expect(grade(IntegerVerifier(.init()), "-\(long)", long) == .wrong(credit: 0))
    #expect(grade(IntegerVerifier(.init()), "8", "08") == .undecidable)
    #expect(grade(IntegerVerifier(.init()), "0", "0") == .right)
  }

  @Test func optionsWidenTheGrammar() {
    var config = IntegerVerifier.Config()
    config.plus = true
    config.leadingZeros = true
    config.grouping = true
    let verifier = IntegerVerifier(config)
    for text in ["+1000", "001000", "1,000", "+1,000"] {
      #expect(grade(verifier, text, "1000") == .right)
    }
    for text in ["1,00", ",000", "1,,000", "0,100", "1000,000", "-0", "+-1"] {
      #expect(grade(verifier, text, "1000") == .malformed)
    }
    #expect(grade(verifier, "00", "0") == .right)
  }

  @Test func exactComparesBytesAfterNormalising() {
    var config = ExactVerifier.Config()
    let composed = "\u{e9}"
    let decomposed = "e\u{301}"
    #expect(composed == decomposed)  // what a String comparison would have said
    #expect(grade(ExactVerifier(config), composed, decomposed) == .wrong(credit: 0))
    #expect(grade(ExactVerifier(config), "A b", "a b") == .wrong(credit: 0))
    config.normalise = [.trim, .asciiLower, .collapseSpace]
    #expect(grade(ExactVerifier(config), " A \t B\n", "a b") == .right)
    #expect(grade(ExactVerifier(config), "É", "é") == .wrong(credit: 0))
  }

  @Test func sequencesAreOrderedAndMultisetsAreNot() {
    var config = ElementsConfig()
    config.element = .integer
    #expect(grade(SequenceVerifier(config), "1, 2,3", "1,2,3") == .right)
    #expect(grade(SequenceVerifier(config), "2,1,3", "1,2,3") == .wrong(credit: 0))
    #expect(grade(SequenceVerifier(config), "1,,3", "1,2,3") == .malformed)
    #expect(grade(SequenceVerifier(config), "1,2,03", "1,2,3") == .malformed)
    #expect(grade(MultisetVerifier(config), "3,1,2", "1,2,3") == .right)
    #expect(grade(MultisetVerifier(config), "1,2", "1,2,2") == .wrong(credit: 0))
    #expect(grade(MultisetVerifier(config), "1,1,2", "1,2,2") == .wrong(credit: 0))
  }

  /// min(k, n) / max(m, n) with n = 4.
  @Test(arguments: [("aa", 0.5), ("abab", 0.5), ("aaaaaaaa", 0.5), ("bbbb", 0), ("a", 0.25)])
  func countPaysTheFraction(text: String, credit: Double) {
    #expect(grade(CountVerifier(.init()), text, "aaaa") == .wrong(credit: credit))
    #expect(grade(CountVerifier(.init()), "aaaa", "aaaa") == .right)
    #expect(grade(CountVerifier(.init()), text, "abaa") == .undecidable)
  }

  /// min(k, n) / max(m, n) with n = 4 and k of the letters a and e; right is all such words.
  @Test func membersPaysTheFractionAndTakesEveryOrder() {
    let verifier = MembersVerifier(.init())
    for (text, credit) in [("ab", 0.25), ("aexx", 0.5), ("aeaeae", 4.0 / 6), ("xxxx", 0)] {
      #expect(grade(verifier, text, "aeae") == .wrong(credit: credit))
    }
    for text in ["aeae", "aaaa", "eeea"] { #expect(grade(verifier, text, "aeae") == .right) }
    #expect(grade(verifier, "a", "") == .undecidable)
  }

  /// For a gold answer of one letter both say the same.
  @Test(arguments: ["aa", "abab", "aaaaaaaa", "bbbb", "a", "aaaa"])
  func countIsMembersOfOneLetter(text: String) {
    let (count, members) = (CountVerifier(.init()), MembersVerifier(.init()))
    #expect(grade(members, text, "aaaa") == grade(count, text, "aaaa"))
  }

  @Test func partialCreditFollowsItsFormula() {
    func credit(_ rule: any PartialCredit, _ answer: String, _ gold: String) -> Double {
      rule.credit(Array(answer.utf8)[...], against: Array(gold.utf8))
    }
    let config = PartialCreditConfig()
    #expect(credit(PositionsCredit(config), "abxd", "abcd") == 0.75)
    #expect(credit(PositionsCredit(config), "abcdefgh", "abcd") == 0.5)
    #expect(credit(PrefixCredit(config), "abxd", "abcd") == 0.5)
    #expect(credit(DigitsCredit(config), "124", "24") == 2.0 / 3)
    #expect(credit(DigitsCredit(config), "-24", "24") == 0)
    #expect(credit(DigitsCredit(config), "-14", "-24") == 0.5)
  }
}
