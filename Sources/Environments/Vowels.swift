import Configuration
import EnvironmentKit
import Randomness

/// `vow dkeat*6:` → `aeaeae`: with the verifier `members`, a preference that is easy to judge.
///
/// Asked for is a word of so many of the given letters; the more vowels, the better. Every word of
/// the given vowels alone is best, and letters drawn alike from the given ones earn their share.
public struct Vowels: ProblemFamily {
  public static let name = "vowels"
  public static let version = 1

  public struct Config: ConfigBlock {
    public var length = 6
    public var vowels = 2
    public var consonants = 3
    public init() {}
    public init(length: Int) { self.length = length }
    public static let keys = [
      KeyDescription("length", "letters of the word", "1...64"),
      KeyDescription("vowels", "how many vowels are given", "1...5"),
      KeyDescription("consonants", "how many consonants are given", "1...21"),
    ]
  }

  public static let levels = [4, 6, 8].map { Config(length: $0) }
  private static let dense = "each vowel pays its share by design, whatever stands around it"
  public static let exemptions: [Trap: String] = [
    .h03: dense, .h04: dense, .h05: dense, .h06: Letters.notNumbers, .h07: dense, .h08: dense,
    .h13: dense,
  ]
  private static let vowels = Array("aeiou".utf8)
  private static let consonants = Array("bcdfghjklmnpqrstvwxyz".utf8)

  private let config: Config

  public init(_ config: Config) { self.config = config }

  public var alphabet: String { "vow *:0123456789" + Letters.alphabet(26) }

  public func problem(using random: inout RandomStream) -> Problem {
    let vowels = some(config.vowels, of: Self.vowels, using: &random)
    let consonants = some(config.consonants, of: Self.consonants, using: &random)
    return problem(some(vowels.count + consonants.count, of: vowels + consonants, using: &random))
  }

  /// The same letters in another order.
  public func rephrased(_ problem: Problem, using random: inout RandomStream) -> Problem {
    let letters = problem.key.utf8.prefix(config.vowels + config.consonants)
    return self.problem(some(letters.count, of: Array(letters), using: &random))
  }

  private func some(_ count: Int, of letters: [UInt8], using random: inout RandomStream) -> [UInt8]
  {
    random.permutation(of: letters.count).prefix(count).map { letters[$0] }
  }

  private func problem(_ letters: [UInt8]) -> Problem {
    let sorted = letters.sorted()
    let vowels = sorted.filter(Self.vowels.contains)
    return Problem(
      key: "\(Letters.text(sorted))*\(config.length)",
      question: "vow \(Letters.text(letters))*\(config.length):",
      answer: Letters.text((0..<config.length).map { vowels[$0 % vowels.count] }))
  }
}

extension Vowels.Config {
  public func validate() throws(ConfigError) {
    guard length >= vowels else {
      throw ConfigError(
        path: "length",
        reason: "the best word has each vowel: expected at least \(vowels), found \(length)")
    }
  }
}
