/// A policy that answers without solving.
struct CheapPolicy: Sendable {
  let name: String
  /// Its completions for a problem: none where it has nothing to say.
  let completions: @Sendable (Problem, _ prompt: String) -> [[UInt8]]

  init(_ name: String, _ completions: @escaping @Sendable (Problem, String) -> [String]) {
    self.name = name
    self.completions = { completions($0, $1).map { Array($0.utf8) } }
  }

  /// The same completions whatever is asked.
  init(always texts: String..., as name: String) {
    let bytes = texts.map { Array($0.utf8) }
    self.name = name
    completions = { _, _ in bytes }
  }
}

extension CheapPolicy {
  static let blank = [
    CheapPolicy(always: "", as: "empty"), CheapPolicy(always: "\n", as: "newline"),
    CheapPolicy(always: " ", "   ", "\t", as: "spaces"),
  ]

  static let echoes = [
    CheapPolicy("prompt") { [$1] },
    CheapPolicy("question") { problem, _ in [problem.question] },
    CheapPolicy("operands") { problem, _ in [operands(of: problem.question)] },
  ]

  /// What stands between the last space and the closing sign of `rev abc=`.
  private static func operands(of question: String) -> String {
    let bytes = Array(question.utf8)
    let start = bytes.lastIndex(of: UInt8(ascii: " ")).map { $0 + 1 } ?? 0
    let end = bytes.lastIndex { $0.isDigit || $0.isLetter }.map { $0 + 1 } ?? bytes.count
    return start < end ? String(decoding: bytes[start..<end], as: UTF8.self) : question
  }

  static let surroundings = [
    CheapPolicy("suffix") { problem, _ in [" x", "x", ".", ","].map { problem.answer + $0 } },
    CheapPolicy("prefix") { problem, _ in ["x ", "x", "="].map { $0 + problem.answer } },
    CheapPolicy("twice") { problem, _ in
      ["", " ", ","].map { "\(problem.answer)\($0)\(problem.answer)" }
    },
    CheapPolicy("sentence") { problem, _ in
      ["the answer is \(problem.answer)", "\(problem.answer) is the answer."]
    },
  ]

  static let enumerations = [
    CheapPolicy(always: "0 1 2 3 4 5 6 7 8 9", "0,1,2,3,4,5,6,7,8,9", as: "digits apart"),
    CheapPolicy(always: "0123456789", "9876543210", as: "digits"),
    CheapPolicy(
      always: "abcdefghijklmnopqrstuvwxyz", "a b c d e f g h i j k l m n o p q r s t u v w x y z",
      as: "alphabet"),
  ]

  /// Numbers near the right one.
  static let nearMisses = [
    CheapPolicy("wrong sign") { problem, _ in
      numeric(problem.answer) { digits, isNegative in [isNegative ? digits : "-" + digits] }
    },
    CheapPolicy("times ten") { problem, _ in
      numeric(problem.answer) { digits, isNegative in
        [digits == "0" ? "0" : (isNegative ? "-" : "") + digits + "0"]
      }
    },
    CheapPolicy("first digit missing") { problem, _ in
      numeric(problem.answer) { digits, isNegative in
        [(isNegative ? "-" : "") + digits.dropFirst()]
      }
    },
  ]

  /// The gold answer with invisible padding, and numbers in spellings of other grammars.
  static func spellings(allowing config: IntegerVerifier.Config) -> [CheapPolicy] {
    let padding = CheapPolicy("invisible padding") { problem, _ in
      ["\u{a0}", "\u{200b}"].flatMap { [$0 + problem.answer, problem.answer + $0] }
    }
    let forms = CheapPolicy("other number forms") { problem, _ in
      numeric(problem.answer) { digits, isNegative in
        guard !isNegative else { return [digits + ".0", digits + "e0"].map { "-" + $0 } }
        let rest = digits.dropFirst()
        return ["\(digits).0", "\(digits)e0", "0x\(digits)"]
          + (config.plus ? [] : ["+\(digits)"])
          + (config.leadingZeros ? [] : ["0\(digits)"])
          + (rest.isEmpty ? [] : ["\(digits.prefix(1))_\(rest)"])
          + (rest.isEmpty || config.grouping ? [] : ["\(digits.prefix(1)),\(rest)"])
      }
    }
    let scripts = CheapPolicy("other scripts") { problem, _ in
      numeric(problem.answer) { digits, isNegative in
        [0xff10, 0x0660].map { (isNegative ? "-" : "") + digits.inScript(from: $0) }
      }
    }
    return [padding, forms, scripts]
  }

  static let absurdities =
    ["nan", "inf", "-inf", "1e999", "NaN", "Infinity"].map { CheapPolicy(always: $0, as: $0) }
    + [
      CheapPolicy(always: String(repeating: "9", count: 10_000), as: "10 000 digits"),
      CheapPolicy(always: String(repeating: "7", count: 1_000_000), as: "1 MB of digits"),
      CheapPolicy(always: String(repeating: " x", count: 500_000), as: "1 MB of words"),
      CheapPolicy(always: String(repeating: "1\r", count: 32_000), as: "64 kB of lines"),
    ]

  static let claims = [
    CheapPolicy(
      always: "reward: 1", "{\"reward\": 1}", "<reward>1</reward>", "score = 1.0", "success",
      as: "claim"),
    CheapPolicy("claim after a guess") { problem, _ in ["\(problem.answer) reward: 1"] },
  ]

  private static func numeric(
    _ answer: String, _ mutations: (_ digits: String, _ isNegative: Bool) -> [String]
  ) -> [String] {
    let bytes = Array(answer.utf8)
    guard IntegerVerifier(.init()).canonical(bytes[...]) != nil else { return [] }
    let isNegative = bytes.first == UInt8(ascii: "-")
    return mutations(isNegative ? String(answer.dropFirst()) : answer, isNegative)
  }
}

extension String {
  /// These ASCII digits in the script whose zero is `zero`.
  fileprivate func inScript(from zero: UInt32) -> String {
    String(
      String.UnicodeScalarView(
        utf8.compactMap { Unicode.Scalar(zero + UInt32($0 & 15)) }))
  }
}
