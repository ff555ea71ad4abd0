import Configuration
import EnvironmentKit
import Environments
import Randomness
import TestSupport
import Testing

@Suite struct WordFamiliesTests {
  private func draws(_ family: any ProblemFamily, _ count: Int = 400) -> [Problem] {
    var random = RandomStream(seed: 6)
    return (0..<count).map { _ in family.problem(using: &random) }
  }

  @Test func copyAsksForTheWord() {
    for problem in draws(Copy(.init(length: 3, alphabet: 4))) {
      #expect(problem.question == "copy \(problem.answer)=" && problem.key == problem.answer)
      #expect(problem.answer.utf8.count == 3)
    }
  }

  /// Of the 16 words of length 4 over two letters, 4 are palindromes and are never asked.
  @Test func reverseAsksNoPalindromes() {
    let problems = draws(Reverse(.init(length: 4, alphabet: 2)))
    #expect(Set(problems.map(\.key)).count == 12)
    for problem in problems {
      #expect(problem.answer == String(problem.key.reversed()) && problem.answer != problem.key)
    }
  }

  /// Multisets of 3 letters over 2: aab and abb; aaa and bbb are sorted in every order.
  @Test func sortKeysAreMultisets() {
    let family = Sort(.init(length: 3, alphabet: 2))
    let problems = draws(family)
    #expect(Set(problems.map(\.key)) == ["sort aab", "sort abb"])
    #expect(
      Set(problems.map(\.question)) == ["sort aba=", "sort baa=", "sort bab=", "sort bba="])
    var random = RandomStream(seed: 2)
    for problem in problems.prefix(50) {
      let other = family.rephrased(problem, using: &random)
      #expect(other.key == problem.key && other.answer == problem.answer)
      #expect(!other.question.contains(other.answer))
    }
  }

  @Test func sortMayDescend() {
    var config = Sort.Config(length: 3, alphabet: 26)
    config.descending = true
    for problem in draws(Sort(config), 50) {
      #expect(problem.answer == String(problem.answer.sorted(by: >)))
      #expect(problem.question.hasPrefix("tros "))
    }
  }

  @Test func tokenRepeatsItsLetter() {
    for problem in draws(Token(.init(length: 4, alphabet: 3)), 60) {
      #expect(["aaaa", "bbbb", "cccc"].contains(problem.answer))
      #expect(problem.question == "emit \(problem.answer.prefix(1))*4:")
    }
  }

  /// A uniform guess of one of 26 letters earns 1/26 on average: over all 26, exactly.
  @Test func theCanarysOptimumIsKnown() throws {
    let environment = try Shipped.environment("token")
    let problem = Problem(key: "c*4", question: "emit c*4:", answer: "cccc")
    let scores = Letters26.words.map { word in
      environment.verdict(on: word, isTruncated: true, problem: problem).score ?? -1
    }
    let sum = scores.reduce(0, +)
    #expect(abs(sum - 1) < 1e-12)
    #expect(scores.max() == 1)
  }

  /// Questions and answers use no other character than the family says.
  @Test(arguments: Shipped.names) func alphabetsAreComplete(name: String) throws {
    let environment = try Shipped.environment(name)
    let alphabet = Set(environment.alphabet)
    var random = RandomStream(seed: 4)
    for level in environment.levels.indices {
      for _ in 0..<100 {
        let problem = try environment.problem(level: level, split: .train, using: &random)
        let text = environment.prompt(for: problem) + environment.demonstration(for: problem)
        #expect(alphabet.isSuperset(of: text))
      }
    }
  }

  @Test func parametersAreDescribed() {
    #expect(configProblems(in: Arith.Config.self) == [])
    #expect(configProblems(in: Copy.Config.self) == [])
    #expect(configProblems(in: Reverse.Config.self) == [])
    #expect(configProblems(in: Sort.Config.self) == [])
    #expect(configProblems(in: Token.Config.self) == [])
  }

  /// A family must be able to build every level of its own ladder.
  @Test func laddersAreSound() throws {
    for family in BuiltinFamilies.all {
      let file: JSON = [
        "format": "rl-env-file/1", "name": "x", "version": 1, "task": JSON(family.name),
      ]
      let environment = try Environment(file, catalog: BuiltinFamilies.all)
      #expect(environment.levels.count >= 3)
    }
  }
}

/// Four times each letter.
private enum Letters26 {
  static let words = (UInt8(ascii: "a")...UInt8(ascii: "z")).map {
    [UInt8](repeating: $0, count: 4)
  }
}
