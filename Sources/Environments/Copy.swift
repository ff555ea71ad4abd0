import Configuration
import EnvironmentKit
import Randomness

/// `copy cac=` → `cac`
public struct Copy: ProblemFamily {
  public static let name = "copy"
  public static let version = 1

  public struct Config: ConfigBlock {
    public var length = 3
    public var alphabet = 26
    public init() {}
    public init(length: Int, alphabet: Int) {
      (self.length, self.alphabet) = (length, alphabet)
    }
    public static let keys = [Letters.lengthKey, Letters.alphabetKey]
  }

  public static let levels = [3, 5, 8, 12, 20].map { Config(length: $0, alphabet: 26) }
  public static let exemptions: [Trap: String] = [
    .h03: "the answer is the operand: an echo is right", .h06: Letters.notNumbers,
  ]

  private let config: Config

  public init(_ config: Config) { self.config = config }

  public var alphabet: String { "copy =" + Letters.alphabet(config.alphabet) }

  public func problem(using random: inout RandomStream) -> Problem {
    let word = Letters.text(
      Letters.word(of: config.length, from: config.alphabet, using: &random))
    return Problem(key: word, question: "copy \(word)=", answer: word)
  }
}
