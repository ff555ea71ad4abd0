import Randomness
import TensorCore
import TestSupport
import Testing

/// Every operation against central differences, through every operand that can carry a gradient.
@Suite struct OperationTests {
  /// A scalar function of one tensor that runs an operation.
  struct Row: Sendable, CustomTestStringConvertible {
    var operation: TensorCore.Operation
    var operand: String
    var shape: Shape
    var body: @Sendable (Tensor) -> Tensor
    var testDescription: String { "\(operation) by \(operand)" }
  }

  static func draw(_ shape: Shape, _ seed: UInt64) -> Tensor {
    var random = RandomStream(seed: seed)
    return .normal(shape, standardDeviation: 0.7, using: &random)
  }

  /// A scalar with a different slope for each element, so that a misplaced gradient shows.
  static func weighed(_ x: Tensor) -> Tensor { (x * draw(x.shape, 99)).sum() }

  static let layout = PackedLayout([
    .init(rows: 0..<5), .init(rows: 5..<8, parent: 0), .init(rows: 8..<10, parent: 0),
    .init(rows: 10..<30), .init(rows: 30..<33, parent: 2),
  ])
  static let rotary = RotaryTable(positions: 32, frequencies: [1, 0.5, 0.1])

  // Drawn once: this row runs its operation some 1,600 times.
  static let queries = draw([33, 24], 13)
  static let keys = draw([33, 12], 11)
  static let values = draw([33, 12], 12)
  static let slopes = draw([33, 24], 99)

  static func attention(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor {
    var none: [KVCache]?
    let out = Tensor.attention(
      queries: q, keys: k, values: v, layout: layout, rotary: rotary, layer: 0, caches: &none)
    return (out * slopes).sum()
  }

  /// The same layout with 11 queries: of one row, of some, of none, in the midst and of all rows.
  static let fewQueries = layout.queriedWhereRead([
    .init(rows: 0..<5, read: 4..<5), .init(rows: 5..<8, parent: 0, read: 5..<7),
    .init(rows: 8..<10, parent: 0, read: 9..<9), .init(rows: 10..<30, read: 15..<20),
    .init(rows: 30..<33, parent: 2),
  ])
  static let chosen: [Int32] = [4, 5, 6, 15, 16, 17, 18, 19, 30, 31, 32]

  static func fewQueries(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor {
    var none: [KVCache]?
    let out = Tensor.attention(
      queries: q, keys: k, values: v, layout: fewQueries, rotary: rotary, layer: 0, caches: &none)
    return (out * slopes.embedding(chosen)).sum()
  }

  static func statistics(_ hidden: Tensor, _ head: Tensor, _ kind: VocabularyDivergence) -> Tensor {
    let other = OtherDistribution(
      hidden: draw([4, 6], 31), head: draw([19, 6], 32), divergence: kind)
    let result = hidden.tokenStatistics(
      head: head, rows: [0, 2, 2, 3], tokens: [18, 0, 5, 7], temperature: 0.8, other: other)
    return weighed(result.logProbs) + weighed(result.entropies) * 0.5
      + weighed(result.divergences) * 0.7
  }

  static let vectorRows: [Row] = [
    Row(operation: .add, operand: "left", shape: [5]) { weighed($0 + draw([5], 1)) },
    Row(operation: .add, operand: "both", shape: [5]) { weighed($0 + $0) },
    Row(operation: .subtract, operand: "right", shape: [5]) { weighed(draw([5], 1) - $0) },
    Row(operation: .multiply, operand: "both", shape: [5]) { weighed($0 * $0 * draw([5], 2)) },
    Row(operation: .divide, operand: "left", shape: [5]) { weighed($0 / (draw([5], 2) + 3)) },
    Row(operation: .divide, operand: "right", shape: [5]) { weighed(draw([5], 2) / ($0 + 3)) },
    Row(operation: .squareRoot, operand: "x", shape: [5]) { weighed(($0 + 3).squareRoot()) },
    Row(operation: .affine, operand: "x", shape: [5]) { weighed(-($0 * 3 - 2)) },
    Row(operation: .exponential, operand: "x", shape: [21]) { weighed($0.exponential()) },
    Row(operation: .logistic, operand: "x", shape: [21]) { weighed($0.logistic()) },
    Row(operation: .logSigmoid, operand: "x", shape: [21]) { weighed($0.logSigmoid()) },
    Row(operation: .logOneMinusExponential, operand: "x", shape: [21]) {
      weighed(($0 * 0.3 - 1).logOneMinusExponential())
    },
    Row(operation: .minimum, operand: "left", shape: [21]) { weighed($0.minimum(draw([21], 3))) },
    Row(operation: .minimum, operand: "right", shape: [21]) { weighed(draw([21], 3).maximum($0)) },
    Row(operation: .clamp, operand: "x", shape: [21]) { weighed($0.clamped(to: -0.5...0.3)) },
    Row(operation: .sum, operand: "x", shape: [21]) { ($0 * $0).sum() },
    Row(operation: .row, operand: "x", shape: [3, 4]) { weighed($0.row(1)) + weighed($0.row(2)) },
    Row(operation: .flatten, operand: "x", shape: [3, 4]) { weighed($0.flattened) },
    Row(operation: .segmentSums, operand: "x", shape: [6]) {
      let sums = $0.segmentSums([0, 0, 1, 1, 1, 3], count: 4)
      return weighed(sums * sums)
    },
    Row(operation: .gather, operand: "x", shape: [3]) { weighed($0.gathered([0, 2, 2, 1, 0])) },
  ]

  static let modelRows: [Row] = [
    Row(operation: .linear, operand: "x", shape: [7, 5]) { weighed($0.linear(draw([9, 5], 4))) },
    Row(operation: .linear, operand: "x, of which some rows are chosen", shape: [7, 5]) {
      weighed($0.linear(draw([9, 5], 4), chosen: [0, 2, 3, 6])) + weighed($0)
    },
    Row(operation: .linear, operand: "weight of chosen rows", shape: [9, 5]) {
      weighed(draw([7, 5], 5).linear($0, chosen: [1, 5]))
    },
    Row(operation: .linear, operand: "weight", shape: [9, 5]) {
      weighed(draw([7, 5], 5).linear($0))
    },
    Row(operation: .linear, operand: "bias", shape: [9]) {
      weighed(draw([7, 5], 5).linear(draw([9, 5], 4), bias: $0))
    },
    Row(operation: .linear, operand: "residual", shape: [7, 9]) {
      weighed(draw([7, 5], 5).linear(draw([9, 5], 4), bias: draw([9], 6), addingTo: $0))
    },
    Row(operation: .linear, operand: "x and residual", shape: [7, 9]) {
      weighed($0.linear(draw([9, 9], 4), addingTo: $0))
    },
    Row(operation: .product, operand: "left", shape: [7, 5]) {
      weighed($0.product(draw([5, 9], 4)))
    },
    Row(operation: .product, operand: "right", shape: [5, 9]) {
      weighed(draw([7, 5], 5).product($0))
    },
    Row(operation: .transposedProduct, operand: "left", shape: [5, 7]) {
      weighed($0.transposedProduct(draw([5, 9], 4)))
    },
    Row(operation: .transposedProduct, operand: "both", shape: [5, 7]) {
      weighed($0.transposedProduct($0))
    },
    Row(operation: .embedding, operand: "table", shape: [4, 18]) {
      weighed($0.embedding([3, 0, 0, 2]) * draw([4, 18], 7))
    },
    Row(operation: .rmsNorm, operand: "x", shape: [3, 18]) {
      weighed($0.rmsNorm(draw([18], 8), epsilon: 1e-5))
    },
    Row(operation: .rmsNorm, operand: "weight", shape: [18]) {
      weighed(draw([3, 18], 9).rmsNorm($0, epsilon: 1e-5))
    },
    Row(operation: .swiGLU, operand: "gate", shape: [3, 7]) {
      weighed($0.swiGLU(draw([3, 7], 1)))
    },
    Row(operation: .swiGLU, operand: "up", shape: [3, 7]) { weighed(draw([3, 7], 1).swiGLU($0)) },
    Row(operation: .attention, operand: "queries", shape: [33, 24]) {
      attention($0, keys, values)
    },
    Row(operation: .attention, operand: "few queries", shape: [11, 24]) {
      fewQueries($0, keys, values)
    },
    Row(operation: .attention, operand: "keys of few queries", shape: [33, 12]) {
      fewQueries(queries.embedding(chosen), $0, values)
    },
    Row(operation: .attention, operand: "values of few queries", shape: [33, 12]) {
      fewQueries(queries.embedding(chosen), keys, $0)
    },
    Row(operation: .attention, operand: "keys", shape: [33, 12]) {
      attention(queries, $0, values)
    },
    Row(operation: .attention, operand: "values", shape: [33, 12]) {
      attention(queries, keys, $0)
    },
    Row(operation: .tokenStatistics, operand: "hidden, reverse KL", shape: [4, 6]) {
      statistics($0, draw([19, 6], 14), .reverseKL)
    },
    Row(operation: .tokenStatistics, operand: "hidden, forward KL", shape: [4, 6]) {
      statistics($0, draw([19, 6], 14), .forwardKL)
    },
    Row(operation: .tokenStatistics, operand: "head", shape: [19, 6]) {
      statistics(draw([4, 6], 15), $0, .reverseKL)
    },
    Row(operation: .tokenStatistics, operand: "hidden, JSD", shape: [4, 6]) {
      statistics(
        $0, draw([19, 6], 14),
        VocabularyDivergence(.jensenShannon(beta: 0.4, isNormalized: false)))
    },
    Row(operation: .tokenStatistics, operand: "hidden, normalized JSD", shape: [4, 6]) {
      statistics(
        $0, draw([19, 6], 14),
        VocabularyDivergence(
          .jensenShannon(beta: 0.7, isNormalized: true), otherTemperature: 1.5))
    },
    Row(operation: .tokenStatistics, operand: "hidden, soft labels", shape: [4, 6]) {
      statistics(
        $0, draw([19, 6], 14), VocabularyDivergence(.crossEntropy(smoothing: 0.1)))
    },
    Row(operation: .tokenStatistics, operand: "head, top 3 and the rest", shape: [19, 6]) {
      statistics(draw([4, 6], 15), $0, VocabularyDivergence(.reverseKL, topK: 3))
    },
    Row(operation: .tokenStatistics, operand: "hidden, JSD of the top 3", shape: [4, 6]) {
      statistics(
        $0, draw([19, 6], 14),
        VocabularyDivergence(.jensenShannon(beta: 0.4, isNormalized: true), topK: 3))
    },
    Row(operation: .recomputed, operand: "x", shape: [3, 6]) { x in
      weighed(recomputed(x * 0.5) { $0.linear(draw([6, 6], 16)).swiGLU($0) })
    },
    Row(operation: .recomputed, operand: "a weight inside", shape: [6, 6]) { weight in
      weighed(recomputed(draw([3, 6], 17)) { $0.linear(weight).swiGLU($0.linear(weight)) })
    },
  ]

  static let rows = vectorRows + modelRows

  @Test func everyOperationHasARow() {
    let missing = Set(TensorCore.Operation.allCases).subtracting(Self.rows.map(\.operation))
    #expect(missing.isEmpty)
  }

  /// Relative difference in norm at most 2e-3: `Float` losses of size 1 at a step of 1e-2 leave
  /// about 1e-5 of rounding, and the third derivative 1e-4.
  @Test(arguments: rows) func gradientMatchesCentralDifferences(_ row: Row) {
    let x = Self.draw(row.shape, 21)
    let analytic = gradient(of: x, row.body).values.map(Double.init)
    let numeric = centralDifferences(of: x, row.body)
    #expect(relativeError(analytic, numeric) < 2e-3)
  }

  /// Recomputing changes no bit of the gradient.
  @Test func recomputedGivesTheSameBits() {
    let x = Self.draw([40, 16], 1)
    let w = Self.draw([16, 16], 2)
    let body: @Sendable (Tensor) -> Tensor = {
      $0.linear(w).swiGLU($0).rmsNorm(w.row(0), epsilon: 1)
    }
    let plain = gradient(of: x) { Self.weighed(body($0)) }
    let again = gradient(of: x) { Self.weighed(recomputed($0, body)) }
    #expect(plain.isIdentical(to: again))
  }
}
