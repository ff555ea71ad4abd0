import Configuration
import EnvironmentKit
import Environments
import Randomness
import TestSupport
import Testing

@Suite struct VowelsTests {
  private func problems(_ count: Int) throws -> [Problem] {
    try Shipped.environment("vowels").distinctProblems(level: 0, split: .eval, atMost: count)
  }

  @Test func twoVowelsOfFiveLettersAreGiven() throws {
    for problem in try problems(200) {
      let letters = problem.question.dropFirst(4).prefix(5)
      #expect(Set(letters).count == 5 && letters.filter { "aeiou".contains($0) }.count == 2)
      #expect(problem.question == "vow \(letters)*6:")
      #expect(problem.key == "\(String(letters.sorted()))*6")
      #expect(problem.answer.count == 6)
      #expect(Set(problem.answer) == Set(letters.filter { "aeiou".contains($0) }))
    }
  }

  /// The five words of one given letter each earn 2/5 on average: what drawing letters alike earns.
  @Test func givenLettersDrawnAlikeEarnTheirShare() throws {
    let environment = try Shipped.environment("vowels")
    for problem in try problems(20) {
      let scores = problem.question.dropFirst(4).prefix(5).map { letter in
        environment.verdict(
          on: Array(repeating: letter.utf8.first ?? 0, count: 6), isTruncated: false,
          problem: problem
        ).score ?? -1
      }
      #expect(scores.reduce(0, +) == 2)
    }
  }

  /// A constant answer of vowels meets the two given of five in 2/5 of all cases, on average.
  @Test func theFloorIsPublished() throws {
    let environment = try Shipped.environment("vowels")
    let score = environment.constantFloor(of: try problems(1000)).score
    #expect(abs(score - 0.4) < 0.03)
    #expect(environment.levels[0].floor == 0.41)
  }

  @Test func rephrasingKeepsTheLetters() {
    let family = Vowels(.init(length: 6))
    var random = RandomStream(seed: 3)
    for _ in 0..<50 {
      let problem = family.problem(using: &random)
      let other = family.rephrased(problem, using: &random)
      #expect(other.key == problem.key && other.answer == problem.answer)
    }
  }

  @Test func impossibleParametersAreRefused() {
    #expect(configProblems(in: Vowels.Config.self) == [])
    for json: JSON in [["length": 1], ["vowels": 6], ["consonants": 22]] {
      #expect(throws: ConfigErrors.self) { try read(Vowels.Config.self, from: json) }
    }
  }
}
