import Configuration
import EnvironmentKit
import Randomness

/// `12+34+56=` → `102`, with the partial sums as steps: `46`, so that `46;102` is demonstrated.
///
/// The answer is right or wrong whatever was written before it; a wrong partial sum, which nearly
/// always spoils it, comes tokens earlier than the reward.
public struct Chain: ProblemFamily {
  public static let name = "chain"
  public static let version = 1

  public struct Config: ConfigBlock {
    public var digits = 2
    public var terms = 3
    public init() {}
    public init(digits: Int, terms: Int) { (self.digits, self.terms) = (digits, terms) }
    public static let keys = [
      KeyDescription("digits", "digits of each operand: 1 is 0 to 9, 2 is 10 to 99", "1...6"),
      KeyDescription("terms", "operands of a problem, one more than its sums", "3...8"),
    ]
  }

  public static let levels = [
    Config(digits: 1, terms: 3), Config(digits: 2, terms: 3), Config(digits: 2, terms: 4),
  ]

  private let config: Config
  private let range: ClosedRange<Int>

  public init(_ config: Config) {
    self.config = config
    range = Arith.Config(ops: [.plus], digits: config.digits, terms: config.terms).range
  }

  public var alphabet: String { "0123456789+=" }

  public func problem(using random: inout RandomStream) -> Problem {
    let operands = (0..<config.terms).map { _ in random.integer(in: range) }
    return problem(SignedSum(operands, operands.dropFirst().map { _ in .plus }))
  }

  /// The operands in another order, which has other partial sums.
  public func rephrased(_ problem: Problem, using random: inout RandomStream) -> Problem {
    self.problem(SignedSum(key: problem.key).shuffled(using: &random))
  }

  private func problem(_ sum: SignedSum) -> Problem {
    var total = 0
    var sums: [String] = []
    for term in sum.terms {
      total += term.value
      sums.append(String(total))
    }
    return Problem(
      key: sum.canonical.text, question: "\(sum.text)=", answer: String(total),
      steps: Array(sums.dropFirst().dropLast()))
  }
}
