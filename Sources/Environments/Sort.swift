import Configuration
import EnvironmentKit
import Randomness

/// `sort cab=` → `abc`
public struct Sort: ProblemFamily {
  public static let name = "sort"
  public static let version = 1

  public struct Config: ConfigBlock {
    public var length = 5
    public var alphabet = 26
    public var descending = false
    public init() {}
    public init(length: Int, alphabet: Int) {
      (self.length, self.alphabet) = (length, alphabet)
    }
    public static let keys = [
      Letters.lengthKey, Letters.alphabetKey,
      KeyDescription("descending", "whether the last letter comes first: `tros cab=` is cba"),
    ]
  }

  public static let levels = [3, 5, 8, 12].map { Config(length: $0, alphabet: 26) }
  public static let exemptions: [Trap: String] = [.h06: Letters.notNumbers]

  private let config: Config

  public init(_ config: Config) { self.config = config }

  public var alphabet: String { "sort =" + Letters.alphabet(config.alphabet) }

  public func problem(using random: inout RandomStream) -> Problem {
    while true {
      let word = Letters.word(of: config.length, from: config.alphabet, using: &random)
      if let problem = problem(of: word) { return problem }
    }
  }

  /// The same letters in another order.
  public func rephrased(_ problem: Problem, using random: inout RandomStream) -> Problem {
    let letters = Array(problem.answer.utf8)
    while true {
      let order = random.permutation(of: letters.count)
      if let problem = self.problem(of: order.map { letters[$0] }) { return problem }
    }
  }

  /// `nil` for a word that is sorted already: an echo must not pay.
  private func problem(of word: [UInt8]) -> Problem? {
    let sorted = config.descending ? word.sorted(by: >) : word.sorted()
    if sorted == word { return nil }
    let (answer, verb) = (Letters.text(sorted), config.descending ? "tros" : "sort")
    return Problem(
      key: "\(verb) \(answer)", question: "\(verb) \(Letters.text(word))=", answer: answer)
  }
}
