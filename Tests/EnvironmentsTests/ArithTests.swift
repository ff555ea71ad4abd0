import Configuration
import EnvironmentKit
import Randomness
import Testing

@testable import Environments

@Suite struct ArithTests {
  private func draws(_ config: Arith.Config, _ count: Int) throws -> [Problem] {
    let family = try Arith(config)
    var random = RandomStream(seed: 6)
    return (0..<count).map { _ in family.problem(using: &random) }
  }

  @Test(arguments: [
    ("5+3", "3+5", 8), ("12-3+7", "7+12-3", 16), ("9*2-4*3", "2*9-3*4", 6), ("8-8", "8-8", 0),
    ("7*3*5+1", "1+3*5*7", 106), ("10-2*3", "10-2*3", 4), ("20-7-3", "20-3-7", 10),
  ]) func chainsHaveOneCanonicalReading(text: String, key: String, value: Int) {
    let sum = SignedSum(key: text)
    #expect(sum.text == text)
    #expect(sum.canonical.text == key)
    #expect(sum.value == value && sum.canonical.value == value)
  }

  /// Products bind first: 2 + 3 · 4 - 5.
  @Test func operatorsHaveTheirPrecedence() {
    let sum = SignedSum([2, 3, 4, 5], [.plus, .times, .minus])
    #expect(sum.text == "2+3*4-5" && sum.value == 9)
  }

  @Test func twoDigitOperandsAreInRange() throws {
    for problem in try draws(.init(ops: [.plus, .minus], digits: 2, terms: 2), 500) {
      let sum = SignedSum(key: String(problem.question.dropLast()))
      #expect(sum.terms.allSatisfy { (10...99).contains($0.factors[0]) })
      #expect(sum.value >= 0 && problem.answer == "\(sum.value)")
      #expect(problem.key == sum.canonical.text)
    }
  }

  /// Only operands are drawn again, so minus keeps its half: 1000 ± 4 · √500.
  @Test func operatorsKeepTheirShare() throws {
    let drawn = try draws(.init(ops: [.plus, .minus], digits: 2, terms: 2), 2000)
    #expect((910...1090).contains(drawn.filter { $0.key.contains("-") }.count))
  }

  @Test func negativeResultsNeedPermission() throws {
    var config = Arith.Config(ops: [.minus], digits: 1, terms: 3)
    #expect(try draws(config, 300).allSatisfy { !$0.answer.hasPrefix("-") })
    config.negative = true
    #expect(try draws(config, 300).contains { $0.answer.hasPrefix("-") })
    #expect(try Arith(config).alphabet.contains("-"))
  }

  @Test func rephrasingKeepsKeyAndAnswer() throws {
    let config = Arith.Config(ops: [.plus, .minus, .times], digits: 2, terms: 4)
    let family = try Arith(config)
    var random = RandomStream(seed: 7)
    for problem in try draws(config, 300) {
      let other = family.rephrased(problem, using: &random)
      #expect(other.key == problem.key && other.answer == problem.answer)
      let sum = SignedSum(key: String(other.question.dropLast()))
      #expect(sum.canonical.text == problem.key && "\(sum.value)" == problem.answer)
    }
  }

  @Test func bothOrdersAreAsked() throws {
    let family = try Arith(.init(ops: [.plus], digits: 2, terms: 2))
    var random = RandomStream(seed: 8)
    let problem = Problem(key: "12+34", question: "12+34=", answer: "46")
    let asked = (0..<100).map { _ in family.rephrased(problem, using: &random).question }
    #expect(Set(asked) == ["12+34=", "34+12="])
    #expect((30...70).contains(asked.filter { $0 == "12+34=" }.count))
  }

  @Test func operandsMayBeGiven() throws {
    let config = try read(Arith.Config.self, from: ["operands": [3, 5], "ops": ["+"]])
    let keys = Set(try draws(config, 300).map(\.key))
    #expect(keys == ["3+3", "3+4", "3+5", "4+4", "4+5", "5+5"])
  }

  @Test(
    arguments: [
      ["ops": []], ["ops": ["/"]], ["operands": [5, 3]], ["operands": [5]], ["digits": 7],
      ["ops": ["*"], "digits": 6, "terms": 3], ["terms": 1],
    ] as [JSON]) func impossibleParametersAreRefused(json: JSON)
  {
    #expect(throws: ConfigErrors.self) { try read(Arith.Config.self, from: json) }
  }
}
