/// Causal attention on lists of rows, one head at a time.
struct AttentionOracle {
  /// A packed segment: its rows, and the rows of its whole context in the order of positions.
  struct Segment {
    var rows: Range<Int>
    var context: [Int]
  }

  let queries, keys, width: Int
  let segments: [Segment]  // of each tree parents first, trees one after another
  let q, k, v: [Float]  // [N, heads · width]

  private var scale: Float { 1 / Float(width).squareRoot() }

  /// Row `row`'s part of head `head` in a matrix of `heads`.
  private func part(_ matrix: [Float], _ row: Int, _ head: Int, of heads: Int) -> ArraySlice<Float>
  {
    let start = (row * heads + head) * width
    return matrix[start..<start + width]
  }

  private func dot(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
    Oracle.chain(width) { (a[a.startIndex + $0], b[b.startIndex + $0]) }
  }

  /// The probabilities of the positions that a row sees: a chain over the width for each score,
  /// sixteen lanes by position for the sum.
  func probabilities(_ segment: Segment, _ row: Int, _ head: Int) -> [Float] {
    let seen = segment.context[...(segment.context.count - segment.rows.upperBound + row)]
    let query = part(q, row, head, of: queries)
    let scores = seen.map { dot(query, part(k, $0, head * keys / queries, of: keys)) }
    let top = scores.reduce(-.infinity) { max($0, $1) }
    let shift = -(top * scale)
    let weights = scores.map { Oracle.exponential(shift.addingProduct($0, scale)) }
    let inverse = 1 / Oracle.laneSum(weights.count) { $1 + weights[$0] }
    return weights.map { $0 * inverse }
  }

  /// `Σⱼ pⱼ vⱼ`: a chain over the positions for each output.
  func forward() -> [Float] {
    var out = [Float](repeating: 0, count: q.count)
    for segment in segments {
      for row in segment.rows {
        for head in 0..<queries {
          let p = probabilities(segment, row, head)
          for i in 0..<width {
            out[(row * queries + head) * width + i] = Oracle.chain(p.count) {
              (p[$0], v[(segment.context[$0] * keys + head * keys / queries) * width + i])
            }
          }
        }
      }
    }
    return out
  }

  /// The gradients by queries, keys and values: chains that go on over segments, then the query
  /// heads of a key head, then rows.
  func backward(_ dOut: [Float], out: [Float]) -> (dq: [Float], dk: [Float], dv: [Float]) {
    var dq = [Float](repeating: 0, count: q.count)
    var dk = [Float](repeating: 0, count: k.count)
    var dv = [Float](repeating: 0, count: v.count)
    for segment in segments {
      for head in 0..<queries {
        for row in segment.rows {
          let keyHead = head * keys / queries
          let p = probabilities(segment, row, head)
          let upstream = part(dOut, row, head, of: queries)
          let result = part(out, row, head, of: queries)
          let mean = Oracle.laneSum(width) {
            $1.addingProduct(result[result.startIndex + $0], upstream[upstream.startIndex + $0])
          }
          for (j, weight) in p.enumerated() {
            let key = (segment.context[j] * keys + keyHead) * width
            let slope = weight * (dot(upstream, v[key..<key + width]) - mean) * scale
            for i in 0..<width {
              let query = (row * queries + head) * width + i
              dq[query] = dq[query].addingProduct(slope, k[key + i])
              dk[key + i] = dk[key + i].addingProduct(slope, q[query])
              dv[key + i] = dv[key + i].addingProduct(weight, dOut[query])
            }
          }
        }
      }
    }
    return (dq, dk, dv)
  }
}
