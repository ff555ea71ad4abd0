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

  @Test(arguments: forms, [(TokenDivergence.reverseKL, 1), (.forwardKL, 2)])
  func statisticsAndTheirGradients(_ form: Form, how: (kind: TokenDivergence, threads: Int)) {
    let count = form.rows * form.columns
    let logits = FloatBuffer(randomBuffer(count, seed: 1).values.map { 5 * $0 })
    let other = FloatBuffer(randomBuffer(count, seed: 2).values.map { 5 * $0 })
    let targets = (0..<form.rows).map { Int32($0 * 11 % form.columns) }
    let block = TokenStatistics.Block(
      columns: form.columns, targets: targets[...], inverseTemperature: form.inverseTemperature,
      divergence: how.kind, start: 0, total: form.rows)
    let statistics = FloatBuffer(count: 3 * form.rows)
    let upstream = randomBuffer(3 * form.rows, seed: 3)
    let (p, q) = (Self.rows(logits, form), Self.rows(other, form))
    onThreads(how.threads) {
      TokenStatistics.forward(logits, other: other, block: block, into: statistics)
      TokenStatistics.backward(logits, other: other, block: block, upstream: upstream)
    }
    let isForward = how.kind == .forwardKL
    let expected =
      zip(p, targets).map { $0.logProbs[Int($1)] } + p.map(\.entropy)
      + zip(p, q).map { isForward ? $0.forwardKL($1) : $0.reverseKL($1) }
    #expect(differences(statistics.values, expected) == 0)
    let gradient = (0..<form.rows).flatMap { row in
      Oracle.logitGradient(
        p[row], q[row], isForward: isForward, token: Int(targets[row]),
        upstream: (0..<3).map { upstream[$0 * form.rows + row] },
        inverseTemperature: form.inverseTemperature)
    }
    #expect(differences(logits.values, gradient) == 0)
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
