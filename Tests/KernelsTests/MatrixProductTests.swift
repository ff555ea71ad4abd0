import Randomness
import TestSupport
import Testing

@testable import Kernels

/// `rows` × `columns` of draws in -1..<1.
func randomBuffer(_ count: Int, seed: UInt64) -> FloatBuffer {
  var stream = RandomStream(seed: seed)
  return FloatBuffer((0..<count).map { _ in Float(2 * stream.uniform() - 1) })
}

@Suite struct MatrixProductTests {
  struct Form: Sendable, CustomTestStringConvertible {
    var rows, inputs, outputs: Int
    var testDescription: String { "\(rows)x\(inputs)x\(outputs)" }
  }

  static let forms = [
    Form(rows: 1, inputs: 1, outputs: 1), Form(rows: 3, inputs: 17, outputs: 5),
    Form(rows: 13, inputs: 128, outputs: 97), Form(rows: 64, inputs: 128, outputs: 384),
    Form(rows: 100, inputs: 352, outputs: 128), Form(rows: 301, inputs: 40, outputs: 33),
    Form(rows: 520, inputs: 530, outputs: 48),
  ]

  /// Every element is the scalar chain `s = fma(x, w, s)` over the depth, bit for bit, on any
  /// number of threads.
  @Test(arguments: forms, [1, 2]) func everyElementIsTheScalarChain(_ form: Form, threads: Int) {
    let (n, i, o) = (form.rows, form.inputs, form.outputs)
    let x = randomBuffer(n * i, seed: 1)
    let w = randomBuffer(o * i, seed: 2)
    let dy = randomBuffer(n * o, seed: 3)

    let y = randomBuffer(n * o, seed: 4)
    let start = y.values
    let dx = FloatBuffer(count: n * i)
    let dw = FloatBuffer(zeros: o * i)
    onThreads(threads) {
      MatrixProduct.timesTransposed(
        x, w, rows: n, inputs: i, outputs: o, into: y, from: y)
      MatrixProduct.times(dy, w, rows: n, inputs: i, outputs: o, into: dx)
      MatrixProduct.transposedTimes(dy, x, rows: n, inputs: i, outputs: o, into: dw)
    }

    var random = RandomStream(seed: 5)
    for _ in 0..<200 {
      let (r, c, k) = (random.below(n), random.below(o), random.below(i))
      let forward = chain(i, from: start[r * o + c]) { (x[r * i + $0], w[c * i + $0]) }
      #expect(y[r * o + c].bitPattern == forward.bitPattern)
      let backward = chain(o, from: 0) { (dy[r * o + $0], w[$0 * i + k]) }
      #expect(dx[r * i + k].bitPattern == backward.bitPattern)
      let weight = chain(n, from: 0) { (dy[$0 * o + c], x[$0 * i + k]) }
      #expect(dw[c * i + k].bitPattern == weight.bitPattern)
    }
  }

  private func chain(_ depth: Int, from start: Float, _ factors: (Int) -> (Float, Float)) -> Float {
    (0..<depth).reduce(start) { sum, k in
      let (a, b) = factors(k)
      return sum.addingProduct(a, b)
    }
  }

  /// Against OpenBLAS: both sum the same products, so the difference is rounding, below
  /// `depth · 2⁻²⁴` times the sum of magnitudes (at most `depth` here).
  @Test(arguments: forms) func agreesWithOpenBLAS(_ form: Form) {
    let (n, i, o) = (form.rows, form.inputs, form.outputs)
    let x = randomBuffer(n * i, seed: 6)
    let w = randomBuffer(o * i, seed: 7)
    let expected = FloatBuffer(count: n * o)
    OpenBLAS.timesTransposed(x, w, rows: n, inputs: i, outputs: o, into: expected)
    let y = FloatBuffer(count: n * o)
    MatrixProduct.timesTransposed(x, w, rows: n, inputs: i, outputs: o, into: y)
    let bound = Float(i) * Float(i) * 0x1p-24 + 1e-6
    for (a, b) in zip(y.values, expected.values) { #expect(abs(a - b) <= bound) }
  }
}
