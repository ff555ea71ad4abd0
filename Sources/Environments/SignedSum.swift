import Randomness

/// A chain of `+`, `-` and `*` as a sum of signed products, which is its canonical reading.
struct SignedSum {
  struct Term {
    var isNegative: Bool
    var factors: [Int]

    // Plain loops here and below: a level is enumerated in debug builds too.
    var value: Int {
      var product = isNegative ? -1 : 1
      for factor in factors { product *= factor }
      return product
    }
  }

  /// The first term is positive: a chain starts with an operand.
  var terms: [Term]

  init(_ operands: [Int], _ operators: [Arith.Operator]) {
    terms = [Term(isNegative: false, factors: [operands[0]])]
    var index = 0
    for operation in operators {
      index += 1
      if operation == .times {
        terms[terms.count - 1].factors.append(operands[index])
      } else {
        terms.append(Term(isNegative: operation == .minus, factors: [operands[index]]))
      }
    }
  }

  /// Reads back what `text` wrote.
  init(key: String) {
    terms = []
    var isNegative = false
    var factors = [0]
    for byte in key.utf8 {
      switch byte {
      case UInt8(ascii: "*"): factors.append(0)
      case UInt8(ascii: "+"), UInt8(ascii: "-"):
        terms.append(Term(isNegative: isNegative, factors: factors))
        (isNegative, factors) = (byte == UInt8(ascii: "-"), [0])
      default: factors[factors.count - 1] = 10 * factors[factors.count - 1] + Int(byte & 15)
      }
    }
    terms.append(Term(isNegative: isNegative, factors: factors))
  }

  var value: Int {
    var sum = 0
    for term in terms { sum += term.value }
    return sum
  }

  /// Factors rising; positive terms rising, then negative ones: `7+12-3` for `12-3+7`.
  var canonical: SignedSum {
    var sum = self
    var index = 0
    for term in terms {
      if term.factors.count > 1 { sum.terms[index].factors.sort() }
      index += 1
    }
    sum.terms.sort {
      $0.isNegative == $1.isNegative
        ? $0.factors.lexicographicallyPrecedes($1.factors) : $1.isNegative
    }
    return sum
  }

  /// Factors and terms in a random order that starts with a positive term.
  func shuffled(using random: inout RandomStream) -> SignedSum {
    var sum = self
    let positives = sum.terms.indices.filter { !sum.terms[$0].isNegative }
    sum.terms.swapAt(0, random.element(of: positives))
    let rest = random.permutation(of: sum.terms.count - 1).map { sum.terms[$0 + 1] }
    sum.terms = [sum.terms[0]] + rest
    for index in sum.terms.indices where sum.terms[index].factors.count > 1 {
      let factors = sum.terms[index].factors
      sum.terms[index].factors = random.permutation(of: factors.count).map { factors[$0] }
    }
    return sum
  }

  var text: String {
    var bytes: [UInt8] = []
    for term in terms {
      if !bytes.isEmpty { bytes.append(UInt8(ascii: term.isNegative ? "-" : "+")) }
      var isFirst = true
      for factor in term.factors {
        if !isFirst { bytes.append(UInt8(ascii: "*")) }
        append(factor, to: &bytes)
        isFirst = false
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func append(_ number: Int, to bytes: inout [UInt8]) {
    if number >= 10 { append(number / 10, to: &bytes) }
    bytes.append(UInt8(0x30 + number % 10))
  }
}
