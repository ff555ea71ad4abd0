import Configuration
import EnvironmentKit
import Randomness

/// `emit c*4:` → `cccc`: with the verifier `count`, a canary whose optimum is known.
public struct Token: ProblemFamily {
  public static let name = "token"
  public static let version = 1

  public struct Config: ConfigBlock {
    public var length = 4
    public var alphabet = 26
    public init() {}
    public init(length: Int, alphabet: Int) {
      (self.length, self.alphabet) = (length, alphabet)
    }
    public static let keys = [
      KeyDescription("length", "how often the letter is to be emitted", "1...64"),
      Letters.alphabetKey,
    ]
  }

  public static let levels = [1, 4, 16].map { Config(length: $0, alphabet: 26) }
  private static let dense = "each right letter pays its share by design, whatever stands around it"
  public static let exemptions: [Trap: String] = [
    .h03: dense, .h04: dense, .h05: dense, .h06: Letters.notNumbers, .h07: dense, .h08: dense,
    .h13: dense,
  ]

  private let config: Config

  public init(_ config: Config) { self.config = config }

  public var alphabet: String { "emit *:0123456789" + Letters.alphabet(config.alphabet) }

  public func problem(using random: inout RandomStream) -> Problem {
    let letter = Letters.text(Letters.word(of: 1, from: config.alphabet, using: &random))
    let task = "\(letter)*\(config.length)"
    return Problem(
      key: task, question: "emit \(task):",
      answer: String(repeating: letter, count: config.length))
  }
}
