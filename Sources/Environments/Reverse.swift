import Configuration
import EnvironmentKit
import Randomness

/// `rev dcb=` → `bcd`
public struct Reverse: ProblemFamily {
  public static let name = "reverse"
  public static let version = 1

  public struct Config: ConfigBlock {
    public var length = 5
    public var alphabet = 26
    public init() {}
    public init(length: Int, alphabet: Int) {
      (self.length, self.alphabet) = (length, alphabet)
    }
    public static let keys = [Letters.lengthKey, Letters.alphabetKey]
  }

  public static let levels = [2, 3, 5, 8, 12].map { Config(length: $0, alphabet: 26) }
  public static let exemptions: [Trap: String] = [.h06: Letters.notNumbers]

  private let config: Config

  public init(_ config: Config) { self.config = config }

  public var alphabet: String { "rev =" + Letters.alphabet(config.alphabet) }

  public func problem(using random: inout RandomStream) -> Problem {
    while true {
      let word = Letters.word(of: config.length, from: config.alphabet, using: &random)
      let reversed = Array(word.reversed())
      if word == reversed { continue }  // an echo must not pay
      let text = Letters.text(word)
      return Problem(key: text, question: "rev \(text)=", answer: Letters.text(reversed))
    }
  }
}
