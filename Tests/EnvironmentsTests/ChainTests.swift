import Configuration
import EnvironmentKit
import Randomness
import TestSupport
import Testing

@testable import Environments

@Suite struct ChainTests {
  private func draws(_ config: Chain.Config, _ count: Int) -> [Problem] {
    let family = Chain(config)
    var random = RandomStream(seed: 6)
    return (0..<count).map { _ in family.problem(using: &random) }
  }

  /// The steps are the sums of the first two operands, of the first three, and so on.
  @Test(arguments: [3, 4, 5]) func stepsArePartialSums(terms: Int) {
    for problem in draws(.init(digits: 2, terms: terms), 200) {
      let operands = problem.question.dropLast().split(separator: "+").compactMap { Int($0) }
      #expect(operands.count == terms && operands.allSatisfy { (10...99).contains($0) })
      let sums = (2...terms).map { String(operands.prefix($0).reduce(0, +)) }
      #expect(problem.steps + [problem.answer] == sums)
      #expect(problem.key == operands.sorted().map(String.init).joined(separator: "+"))
    }
  }

  /// One key in any order: the same total after other steps.
  @Test func rephrasingKeepsTheTotal() {
    let family = Chain(.init(digits: 2, terms: 3))
    var random = RandomStream(seed: 7)
    var otherSteps = 0
    for problem in draws(.init(digits: 2, terms: 3), 100) {
      let other = family.rephrased(problem, using: &random)
      #expect(other.key == problem.key && other.answer == problem.answer)
      if other.steps != problem.steps { otherSteps += 1 }
    }
    #expect(otherSteps > 30)
  }

  /// Ten operands in threes without order: 10 · 11 · 12 / 6.
  @Test func oneDigitChainsHave220Keys() throws {
    let counts = try Shipped.environment("chain").keyCounts(level: 0, atMost: .max)
    #expect(counts.isComplete && counts.counts.values.reduce(0, +) == 220)
  }

  /// The shaped file differs by what a right partial sum earns, and asks the same.
  @Test func theShapedFilePaysForSteps() throws {
    let plain = try Shipped.environment("chain-two-digit")
    let shaped = try Shipped.environment("chain-shaped")
    let problem = Problem(key: "12+34+56", question: "12+34+56=", answer: "102", steps: ["46"])
    #expect(plain.demonstration(for: problem) == "46;102\n")
    let cases = [("46;102", 1, 1), ("46;103", 0, 0.3), ("45;101", 0, 0), ("45;102", 1, 1)]
    for (text, outcome, credit) in cases {
      let bytes = Array(text.utf8)
      #expect(
        plain.verdict(on: bytes, isTruncated: false, problem: problem).score == Double(outcome))
      let verdict = shaped.verdict(on: bytes, isTruncated: false, problem: problem)
      #expect(verdict.score == credit && verdict.isSuccess == (outcome == 1))
    }
    #expect(
      shaped.distinctProblems(level: 0, split: .eval, atMost: 20)
        == plain.distinctProblems(level: 0, split: .eval, atMost: 20))
  }

  /// The strict file differs by what a wrong partial sum costs, and asks the same.
  @Test func theStrictFileRequiresTheSteps() throws {
    let plain = try Shipped.environment("chain")
    let strict = try Shipped.environment("chain-strict")
    let problem = Problem(key: "12+34+56", question: "12+34+56=", answer: "102", steps: ["46"])
    for (text, score) in [("46;102", 1.0), ("46;103", 0), ("45;102", 0), ("102", 0)] {
      let bytes = Array(text.utf8)
      #expect(strict.verdict(on: bytes, isTruncated: false, problem: problem).score == score)
    }
    #expect(
      strict.distinctProblems(level: 1, split: .eval, atMost: 20)
        == plain.distinctProblems(level: 1, split: .eval, atMost: 20))
  }

  @Test func parametersAreDescribed() { #expect(configProblems(in: Chain.Config.self) == []) }
}
