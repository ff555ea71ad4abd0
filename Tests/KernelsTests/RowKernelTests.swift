import Kernels
import TestSupport
import Testing

/// Kernels over rows against their oracles, bit for bit, for awkward shapes and 1 or 2 threads.
@Suite struct RowKernelTests {
  static let widths = [1, 7, 8, 16, 17, 33, 97, 128]
  static let rowCounts = [1, 3, 13, 64, 301]

  private static func rows(_ buffer: FloatBuffer, _ width: Int) -> [[Float]] {
    let values = buffer.values
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
  }

  @Test(arguments: widths, [1, 2]) func rmsNorm(width: Int, threads: Int) {
    for count in Self.rowCounts {
      let x = randomBuffer(count * width, seed: 1)
      let w = randomBuffer(width, seed: 2)
      let dy = randomBuffer(count * width, seed: 3)
      let y = FloatBuffer(count: count * width)
      let inverses = FloatBuffer(count: count)
      let fresh = FloatBuffer(count: count * width)
      let continued = randomBuffer(count * width, seed: 4)
      let dw = randomBuffer(width, seed: 5)
      let (start, startWeight) = (Self.rows(continued, width), dw.values)
      onThreads(threads) {
        RMSNorm.forward(
          x, weight: w, rows: count, width: width, epsilon: 1e-5, into: y, inverses: inverses)
        for (dx, accumulate) in [(fresh, false), (continued, true)] {
          RMSNorm.backward(
            dy, x: x, weight: w, inverses: inverses, rows: count, width: width, into: dx,
            accumulate: accumulate)
        }
        RMSNorm.backwardWeight(
          dy, x: x, inverses: inverses, rows: count, width: width, into: dw)
      }
      let (xs, dys, weight) = (Self.rows(x, width), Self.rows(dy, width), w.values)
      let expected = xs.map { Oracle.rmsNorm($0, weight: weight, epsilon: 1e-5) }
      #expect(differences(y.values, expected.flatMap(\.y)) == 0)
      #expect(differences(inverses.values, expected.map(\.inverse)) == 0)
      let zeros = [[Float]](repeating: .init(repeating: 0, count: width), count: count)
      for (dx, from) in [(fresh, zeros), (continued, start)] {
        let gradient = (0..<count).flatMap {
          Oracle.rmsNormBackward(
            dys[$0], x: xs[$0], weight: weight, inverse: expected[$0].inverse, start: from[$0])
        }
        #expect(differences(dx.values, gradient) == 0)
      }
      let weights = (0..<width).map { column in
        Oracle.chain(count, from: startWeight[column]) {
          (dys[$0][column], xs[$0][column] * expected[$0].inverse)
        }
      }
      #expect(differences(dw.values, weights) == 0)
    }
  }

  @Test(arguments: [1, 7, 33, 97 * 13, 20_000], [1, 2]) func swiGLU(count: Int, threads: Int) {
    let a = FloatBuffer(randomBuffer(count, seed: 1).values.map { $0 * 20 })
    let (b, dy) = (randomBuffer(count, seed: 2), randomBuffer(count, seed: 3))
    let y = FloatBuffer(count: count)
    let (da, db) = (randomBuffer(count, seed: 4), randomBuffer(count, seed: 5))
    let (startA, startB) = (da.values, db.values)
    onThreads(threads) {
      SwiGLU.forward(a, b, into: y)
      SwiGLU.backward(dy, gate: a, up: b, intoGate: (da, true), intoUp: (db, true))
    }
    #expect(differences(y.values, (0..<count).map { Oracle.swiGLU(a[$0], b[$0]) }) == 0)
    let gradients = (0..<count).map {
      Oracle.swiGLUBackward(dy[$0], a[$0], b[$0], da: startA[$0], db: startB[$0])
    }
    #expect(differences(da.values, gradients.map(\.0)) == 0)
    #expect(differences(db.values, gradients.map(\.1)) == 0)
  }

  @Test(arguments: [2, 6, 8, 32, 34, 64, 66], [1, 2]) func rotary(width: Int, threads: Int) {
    let (count, heads, half) = (201, 3, width / 2)
    let angles = randomBuffer(50 * half, seed: 1).values
    let (cosines, sines) = (FloatBuffer(angles), randomBuffer(50 * half, seed: 2))
    let positions = (0..<count).map { Int32($0 * 7 % 50) }
    let x = randomBuffer(count * heads * width, seed: 3)
    for (inverse, accumulate) in [(false, false), (true, true)] {
      let y = randomBuffer(x.count, seed: 4)
      let start = y.values
      onThreads(threads) {
        Rotary.rotate(
          x, positions: positions, heads: heads, width: width, cosines: cosines, sines: sines,
          inverse: inverse, into: y, accumulate: accumulate)
      }
      let sineValues = sines.values
      let turned = Self.rows(x, width).enumerated().flatMap { index, head in
        let table = Int(positions[index / heads]) * half
        return Oracle.rotate(
          head, cosines: Array(angles[table..<table + half]),
          sines: sineValues[table..<table + half].map { inverse ? -$0 : $0 })
      }
      let expected = accumulate ? zip(turned, start).map { $0 + $1 } : turned
      #expect(differences(y.values, expected) == 0)
    }
  }

  @Test(arguments: [1, 17, 1000, 40_001], [1, 2]) func adamW(count: Int, threads: Int) {
    let rates = AdamW.Rates(
      learningRate: 0.01, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1,
      correction1: 0.19, correction2: 0.0975)
    let (p, m) = (randomBuffer(count, seed: 1), randomBuffer(count, seed: 2))
    let v = FloatBuffer(randomBuffer(count, seed: 3).values.map { $0 * $0 })
    let g = randomBuffer(count, seed: 4)
    let expected = (0..<count).map {
      Oracle.adamW(
        p[$0], gradient: g[$0], gradientScale: 0.3, m: m[$0], v: v[$0], learningRate: 0.01,
        beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, correction1: 0.19,
        correction2: 0.0975)
    }
    onThreads(threads) {
      AdamW.update(p, gradient: g, gradientScale: 0.3, m: m, v: v, rates: rates)
    }
    #expect(differences(p.values, expected.map(\.p)) == 0)
    #expect(differences(m.values, expected.map(\.m)) == 0)
    #expect(differences(v.values, expected.map(\.v)) == 0)
  }

  /// Rows that are added to one row keep the order of the list.
  @Test(arguments: widths, [1, 2]) func scatterAdd(width: Int, threads: Int) {
    let rows = (0..<301).map { Int32($0 * 5 % 7) }
    let dy = randomBuffer(rows.count * width, seed: 1)
    let dx = randomBuffer(7 * width, seed: 2)
    var expected = dx.values
    for (index, row) in rows.enumerated() {
      for column in 0..<width { expected[Int(row) * width + column] += dy[index * width + column] }
    }
    onThreads(threads) { RowGather.scatterAdd(dy, rows, width: width, into: dx) }
    #expect(differences(dx.values, expected) == 0)
  }
}
