import Kernels
import Randomness
import TestSupport
import Testing

@Suite struct TokenKernelTests {
  struct Form: Sendable {
    var rows, columns: Int
    var inverseTemperature: Float
  }

  static let forms = [
    Form(rows: 1, columns: 2, inverseTemperature: 1),
    Form(rows: 3, columns: 7, inverseTemperature: 1 / 0.7),
    Form(rows: 13, columns: 97, inverseTemperature: 1),
    Form(rows: 301, columns: 33, inverseTemperature: 0.5),
    Form(rows: 64, columns: 128, inverseTemperature: 1 / 0.7),
  ]

  private static func rows(_ buffer: FloatBuffer, _ form: Form) -> [Oracle.Distribution] {
    let values = buffer.values
    return (0..<form.rows).map {
      Oracle.Distribution(
        Array(values[$0 * form.columns..<($0 + 1) * form.columns]),
        inverseTemperature: form.inverseTemperature)
    }
  }

  static let divergences: [TokenDivergence] = [
    .reverseKL, .forwardKL, .jensenShannon(beta: 0.1, isNormalized: false),
    .jensenShannon(beta: 0.5, isNormalized: true), .jensenShannon(beta: 0.9, isNormalized: true),
    .crossEntropy(smoothing: 0), .crossEntropy(smoothing: 0.1),
  ]

  /// Every divergence, whole and over the most probable tokens and a bucket, on one thread and two.
  @Test(arguments: forms, divergences)
  func statisticsAndTheirGradients(_ form: Form, kind: TokenDivergence) {
    let count = form.rows * form.columns
    let logits = randomBuffer(count, seed: 1).values.map { 5 * $0 }
    let other = randomBuffer(count, seed: 2).values.map { 5 * $0 }
    let upstream = randomBuffer(3 * form.rows, seed: 3)
    for (topK, threads) in [(0, 1), (0, 2), (1, 2), (4, 1), (form.columns - 1, 1)] {
      let comparison = TokenComparison(kind, topK: topK, inverseTemperature: 0.8)
      expectTheOraclesBits(form, comparison, threads, logits, other, upstream)
    }
  }

  private func expectTheOraclesBits(
    _ form: Form, _ comparison: TokenComparison, _ threads: Int, _ logits: [Float],
    _ other: [Float], _ upstream: FloatBuffer
  ) {
    let buffer = FloatBuffer(logits)
    let targets = (0..<form.rows).map { Int32($0 * 11 % form.columns) }
    let block = TokenStatistics.Block(
      columns: form.columns, targets: targets[...], inverseTemperature: form.inverseTemperature,
      comparison: comparison, start: 0, total: form.rows)
    let statistics = FloatBuffer(count: 3 * form.rows)
    let p = Self.rows(buffer, form)
    onThreads(threads) {
      TokenStatistics.forward(buffer, other: FloatBuffer(other), block: block, into: statistics)
      TokenStatistics.backward(
        buffer, other: FloatBuffer(other), block: block, upstream: upstream)
    }
    let expected = (0..<form.rows).map { row in
      let range = row * form.columns..<(row + 1) * form.columns
      return Self.divergence(
        comparison, Array(logits[range]), Array(other[range]), form.inverseTemperature)
    }
    let figures =
      zip(p, targets).map { $0.logProbs[Int($1)] } + p.map(\.entropy) + expected.map(\.value)
    #expect(differences(statistics.values, figures) == 0)
    let gradient = (0..<form.rows).flatMap { row in
      Oracle.logitGradient(
        p[row], slopes: expected[row].slopes, token: Int(targets[row]),
        upstream: (0..<3).map { upstream[$0 * form.rows + row] },
        inverseTemperature: form.inverseTemperature)
    }
    #expect(differences(buffer.values, gradient) == 0)
  }

  private static func divergence(
    _ comparison: TokenComparison, _ logits: [Float], _ other: [Float],
    _ inverseTemperature: Float
  ) -> (value: Float, slopes: [Float]) {
    guard let kind = comparison.divergence else { return (0, []) }
    guard (1..<logits.count - 1).contains(comparison.topK) else {
      return Oracle.divergence(
        kind, Oracle.Distribution(logits, inverseTemperature: inverseTemperature),
        Oracle.Distribution(other, inverseTemperature: comparison.inverseTemperature))
    }
    return Oracle.bucketed(
      kind, comparison.topK, logits, other, inverseTemperature: inverseTemperature,
      otherInverseTemperature: comparison.inverseTemperature)
  }

  @Test(arguments: forms) func figuresOfTwoModels(_ form: Form) {
    let count = form.rows * form.columns
    let logits = FloatBuffer(randomBuffer(count, seed: 1).values.map { 5 * $0 })
    let other = FloatBuffer(randomBuffer(count, seed: 2).values.map { 5 * $0 })
    let block = TokenStatistics.Block(
      columns: form.columns, targets: [Int32](repeating: 0, count: form.rows)[...],
      inverseTemperature: form.inverseTemperature,
      comparison: TokenComparison(
        nil, topK: 0, inverseTemperature: form.inverseTemperature),
      start: 0, total: form.rows)
    let figures = FloatBuffer(count: TokenFigures.Figure.allCases.count * form.rows)
    TokenFigures.write(logits, other: other, block: block, topK: 3, into: figures)
    let k = min(3, form.columns)
    var expected = [[Float]](repeating: [], count: TokenFigures.Figure.allCases.count)
    for (p, q) in zip(Self.rows(logits, form), Self.rows(other, form)) {
      let (ours, theirs) = (
        Oracle.mostProbable(k, p.logProbs), Oracle.mostProbable(k, q.logProbs)
      )
      func mass(_ distribution: Oracle.Distribution) -> Float {
        theirs.reduce(0) { $0 + Oracle.exponential(distribution.logProbs[$1]) }
      }
      let row = [
        Oracle.divergence(.reverseKL, p, q).value, Oracle.divergence(.forwardKL, p, q).value,
        Oracle.divergence(.jensenShannon(beta: 0.5, isNormalized: false), p, q).value, q.entropy,
        mass(p), mass(q), Float(Set(ours).intersection(theirs).count) / Float(k),
      ]
      for (index, value) in row.enumerated() { expected[index].append(value) }
    }
    #expect(differences(figures.values, expected.flatMap { $0 }) == 0)
  }

  /// The sampler's log-probability is the statistics' one, and its draw the inverse of the
  /// cumulative distribution.
  @Test(arguments: forms) func drawsAreScoredAlike(_ form: Form) {
    let logits = FloatBuffer(
      randomBuffer(form.rows * form.columns, seed: 1).values.map { 5 * $0 })
    var random = RandomStream(seed: 2)
    let uniforms = (0..<form.rows).map { _ in random.uniform() }
    let draws = TokenSampling.draw(
      logits, rows: form.rows, columns: form.columns,
      inverseTemperature: form.inverseTemperature, uniforms: uniforms)
    for ((draw, uniform), p) in zip(zip(draws, uniforms), Self.rows(logits, form)) {
      let token = Int(draw.token)
      #expect(draw.logProb.bitPattern == p.logProbs[token].bitPattern)
      let sums = p.probabilities.reduce(into: [0.0]) { $0.append($0[$0.count - 1] + Double($1)) }
      let threshold = uniform * (sums.last ?? 0)
      #expect(sums[token] <= threshold && threshold < sums[token + 1])
    }
  }
}
