import Vectors

/// Rows picked by index: token embeddings, and the hidden states that predict scored tokens.
public enum RowGather {
  /// `y[i] = x[rows[i]]` for rows of `width`.
  public static func gather(_ x: FloatBuffer, _ rows: [Int32], width: Int, into y: FloatBuffer) {
    forEachBlock(of: rows.count, atLeast: 256) { range in
      for index in range {
        y.pointer.advanced(by: index &* width)
          .update(from: x.pointer + Int(rows[index]) &* width, count: width)
      }
    }
  }

  /// `x[rows[i]] = y[i]` for distinct rows.
  public static func scatter(_ y: FloatBuffer, _ rows: [Int32], width: Int, into x: FloatBuffer) {
    forEachBlock(of: rows.count, atLeast: 256) { range in
      for index in range {
        x.pointer.advanced(by: Int(rows[index]) &* width)
          .update(from: y.pointer + index &* width, count: width)
      }
    }
  }

  /// `dx[rows[i]] += dy[i]` in rising `i`, shared out by columns so that each sum keeps its order.
  public static func scatterAdd(
    _ dy: FloatBuffer, _ rows: [Int32], width: Int, into dx: FloatBuffer
  ) {
    let panels = (width + lanes - 1) / lanes
    forEachBlock(of: panels, atLeast: max(1, 65_536 / max(1, rows.count * lanes))) { range in
      for (index, row) in rows.enumerated() {
        let source = dy.source + index &* width
        let target = dx.pointer + Int(row) &* width
        for panel in range {
          let column = panel &* lanes
          let count = min(lanes, width &- column)
          let sum =
            load(Source(target) + column, first: count) + load(source + column, first: count)
          store(sum, target + column, first: count)
        }
      }
    }
  }
}
