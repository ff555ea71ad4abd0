import Configuration
import EnvironmentKit
import Randomness

/// `12+34=` → `46`
public struct Arith: ProblemFamily {
  public static let name = "arith"
  public static let version = 1

  public enum Operator: String, Codable, Sendable, CaseIterable {
    case plus = "+"
    case minus = "-"
    case times = "*"
  }

  public struct Config: ConfigBlock {
    public var ops: [Operator] = [.plus]
    public var digits = 1
    public var operands: [Int] = []
    public var terms = 2
    public var negative = false
    public init() {}
    public init(ops: [Operator], digits: Int, terms: Int) {
      (self.ops, self.digits, self.terms) = (ops, digits, terms)
    }
    public static let keys = [
      KeyDescription("ops", "operators, drawn alike; * binds first", "+|-|*"),
      KeyDescription("digits", "digits of each operand: 1 is 0 to 9, 2 is 10 to 99", "1...6"),
      KeyDescription("operands", "[lowest, highest] instead of digits; empty: by digits", "0..."),
      KeyDescription("terms", "operands of a problem", "2...8"),
      KeyDescription("negative", "whether the result may be negative"),
    ]
  }

  public static let levels = [
    Config(ops: [.plus], digits: 1, terms: 2), Config(ops: [.plus], digits: 2, terms: 2),
    Config(ops: [.plus, .minus], digits: 2, terms: 2),
    Config(ops: [.plus, .minus], digits: 2, terms: 3),
    Config(ops: [.plus, .minus, .times], digits: 2, terms: 3),
    Config(ops: [.plus, .minus, .times], digits: 3, terms: 3),
    Config(ops: [.plus, .minus, .times], digits: 4, terms: 3),
  ]

  private let config: Config
  private let range: ClosedRange<Int>

  public init(_ config: Config) throws(ConfigError) {
    self.config = config
    range = config.range
  }

  public var alphabet: String {
    let sign = config.negative ? "-" : ""
    return "0123456789=" + config.ops.map(\.rawValue).joined() + sign
  }

  public func problem(using random: inout RandomStream) -> Problem {
    while true {
      let operators = (1..<config.terms).map { _ in random.element(of: config.ops) }
      // Only operands are drawn again, so that every operator keeps its share.
      for _ in 0..<64 {
        let operands = (0..<config.terms).map { _ in random.integer(in: range) }
        let sum = SignedSum(operands, operators)
        if config.negative || sum.value >= 0 { return problem(sum) }
      }
    }
  }

  public func rephrased(_ problem: Problem, using random: inout RandomStream) -> Problem {
    self.problem(SignedSum(key: problem.key).shuffled(using: &random))
  }

  private func problem(_ sum: SignedSum) -> Problem {
    Problem(
      key: sum.canonical.text, question: "\(sum.text)=", answer: String(sum.value))
  }
}

extension Arith.Config {
  var range: ClosedRange<Int> {
    if operands.count == 2, operands[0] <= operands[1] { return operands[0]...operands[1] }
    var lowest = 1
    for _ in 1..<digits { lowest *= 10 }
    return (digits == 1 ? 0 : lowest)...(10 * lowest - 1)
  }

  public func validate() throws(ConfigError) {
    guard !ops.isEmpty else { throw ConfigError(path: "ops", reason: "no operator is given") }
    let isRange = operands.count == 2 && operands[0] >= 0 && operands[0] <= operands[1]
    guard operands.isEmpty || isRange else {
      throw ConfigError(
        path: "operands", reason: "expected [] or [lowest, highest], found \(operands)")
    }
    let digits = String(range.upperBound).utf8.count
    guard digits * (ops.contains(.times) ? terms : 1) <= 17 else {
      throw ConfigError(path: "terms", reason: "results of more than 17 digits are not computed")
    }
  }
}
