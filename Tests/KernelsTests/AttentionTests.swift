import TestSupport
import Testing

@testable import Kernels

@Suite struct AttentionTests {
  struct Form: Sendable, CustomTestStringConvertible {
    var queries, keys, width: Int
    /// Lengths of segments and the segment each continues; the roots are in order.
    var segments: [(length: Int, parent: Int?)]
    var testDescription: String {
      "\(queries)/\(keys) heads of \(width), \(segments.count) segments"
    }
  }

  static let forms = [
    Form(queries: 1, keys: 1, width: 2, segments: [(1, nil)]),
    Form(queries: 4, keys: 2, width: 8, segments: [(13, nil), (1, nil), (64, nil), (33, nil)]),
    Form(queries: 4, keys: 1, width: 24, segments: [(5, nil), (3, 0), (17, 0), (1, 1), (40, 2)]),
    Form(queries: 3, keys: 3, width: 32, segments: [(16, nil), (16, 0), (12, nil), (97, 2)]),
    Form(queries: 2, keys: 2, width: 18, segments: [(31, nil), (2, 0), (50, 0), (7, nil)]),
  ]

  struct Case {
    let layout: AttentionLayout
    let heads: AttentionHeads
    let oracle: AttentionOracle
    let q, k, v: FloatBuffer
    var rows: Int { oracle.segments.last.map(\.rows.upperBound) ?? 0 }

    init(_ form: Form) {
      var segments: [AttentionLayout.Segment] = []
      var contexts: [[Int]] = []
      var next = 0
      for segment in form.segments {
        let rows = next..<next + segment.length
        next = rows.upperBound
        let before = segment.parent.map { contexts[$0] } ?? []
        segments.append(.init(rows: rows, firstPosition: before.count, parent: segment.parent))
        contexts.append(before + rows)
      }
      layout = AttentionLayout(segments: segments)
      heads = AttentionHeads(queries: form.queries, keys: form.keys, width: form.width)
      q = randomBuffer(next * form.queries * form.width, seed: 1)
      k = randomBuffer(next * form.keys * form.width, seed: 2)
      v = randomBuffer(next * form.keys * form.width, seed: 3)
      oracle = AttentionOracle(
        queries: form.queries, keys: form.keys, width: form.width,
        segments: zip(segments, contexts).map { .init(rows: $0.rows, context: $1) }, q: q.values,
        k: k.values, v: v.values)
    }

    func forward() -> (out: FloatBuffer, probabilities: FloatBuffer) {
      let out = FloatBuffer(count: q.count)
      let probabilities = FloatBuffer(count: layout.probabilityCount(heads))
      Attention.forward(
        q, k, v, layout: layout, heads: heads, into: out, probabilities: probabilities)
      return (out, probabilities)
    }
  }

  @Test(arguments: forms, [1, 2]) func forwardHasTheOraclesBits(_ form: Form, threads: Int) {
    let one = Case(form)
    let (out, _) = onThreads(threads) { one.forward() }
    #expect(differences(out.values, one.oracle.forward()) == 0)
  }

  @Test(arguments: forms, [1, 2]) func backwardHasTheOraclesBits(_ form: Form, threads: Int) {
    let one = Case(form)
    let dOut = randomBuffer(one.q.count, seed: 4)
    let (dq, dk) = (FloatBuffer(zeros: one.q.count), FloatBuffer(zeros: one.k.count))
    let dv = FloatBuffer(zeros: one.v.count)
    let out = onThreads(threads) {
      let (out, probabilities) = one.forward()
      Attention.backward(
        dOut, out: out, q: one.q, k: one.k, v: one.v, probabilities: probabilities,
        layout: one.layout, heads: one.heads, intoQueries: dq, intoKeys: dk, intoValues: dv)
      return out
    }
    let expected = one.oracle.backward(dOut.values, out: out.values)
    #expect(differences(dq.values, expected.dq) == 0)
    #expect(differences(dk.values, expected.dk) == 0)
    #expect(differences(dv.values, expected.dv) == 0)
  }

  /// Row after row, and in uneven parts, from blocks of a cache: the packed forward's bits.
  @Test(arguments: forms, [[1], [16, 3, 5]]) func cachedRowsHaveThePackedBits(
    _ form: Form, parts: [Int]
  ) {
    let one = Case(form)
    let expected = one.oracle.forward()
    let stride = form.queries * form.width
    for segment in one.oracle.segments {
      var blocks: [FloatBuffer] = []
      var next = 0
      var turn = 0
      while next < segment.context.count {
        let now = segment.context[
          next..<min(segment.context.count, next + parts[turn % parts.count])]
        while blocks.count * 16 < next + now.count {
          let block = CacheBlock(one.heads, layers: 2)
          CacheBlock.fill([block])
          blocks.append(block.buffer)
        }
        let q = picked(now, of: one.q, width: stride)
        let out = FloatBuffer(count: q.count)
        let layout = AttentionLayout(
          segments: [.init(rows: 0..<now.count, firstPosition: next, parent: nil)])
        let width = form.keys * form.width
        Attention.forward(
          q, picked(now, of: one.k, width: width), picked(now, of: one.v, width: width),
          blocks: [blocks], layer: 1, layout: layout, heads: one.heads, into: out)
        let rows = now.flatMap { expected[$0 * stride..<($0 + 1) * stride] }
        #expect(differences(out.values, rows) == 0)
        next += now.count
        turn += 1
      }
    }
  }

  private func picked(_ rows: ArraySlice<Int>, of matrix: FloatBuffer, width: Int) -> FloatBuffer {
    let result = FloatBuffer(count: rows.count * width)
    for (offset, row) in rows.enumerated() {
      result.copy(width, from: matrix, at: row * width, to: offset * width)
    }
    return result
  }

  /// Freed memory full of NaN, taken again by the next call, changes nothing.
  @Test(arguments: forms) func whatReusedMemoryHeldDoesNotMatter(_ form: Form) {
    let one = Case(form)
    let (clean, _) = one.forward()
    let expected = clean.values
    let sizes = one.layout.segments.map {
      $0.blocks * (one.heads.keyBlock + one.heads.valueBlock)
    }
    for size in sizes + [clean.count, one.layout.probabilityCount(one.heads)] {
      let poison = FloatBuffer(count: size)
      for index in 0..<size { poison[index] = .nan }
    }
    #expect(differences(one.forward().out.values, expected) == 0)
  }
}
