import Vectors

/// Root-mean-square normalization of rows: `y = x · w / √(mean(x²) + ε)` (Zhang & Sennrich, 2019).
public enum RMSNorm {
  /// Writes `y[N, D]` and each row's `1 / √(mean(x²) + ε)` to `inverses[N]`.
  public static func forward(
    _ x: FloatBuffer, weight: FloatBuffer, rows: Int, width: Int, epsilon: Float,
    into y: FloatBuffer, inverses: FloatBuffer
  ) {
    let w = weight.source
    forEachBlock(of: rows, atLeast: 64) { range in
      for row in range {
        let input = x.source + row &* width
        let output = y.pointer + row &* width
        var squares = Vector.zero
        forEachColumn(width) { column, count in
          let value = load(input + column, first: count)
          squares = fused(value, value, squares)
        }
        let mean = sum(squares) / Float(width)
        let inverse = 1 / squareRoot(splat(mean + epsilon))[0]
        inverses.pointer[row] = inverse
        forEachColumn(width) { column, count in
          let normal = load(input + column, first: count) * splat(inverse)
          store(normal * load(w + column, first: count), output + column, first: count)
        }
      }
    }
  }

  /// `dx += …`, or `dx = …` unless `accumulate`: with `g = dy · w` and `q` the row's inverse,
  /// `dx = q g − q³ x mean(g x)`.
  public static func backward(
    _ dy: FloatBuffer, x: FloatBuffer, weight: FloatBuffer, inverses: FloatBuffer, rows: Int,
    width: Int, into dx: FloatBuffer, accumulate: Bool
  ) {
    let w = weight.source
    forEachBlock(of: rows, atLeast: 64) { range in
      for row in range {
        let input = x.source + row &* width
        let upstream = dy.source + row &* width
        let output = dx.pointer + row &* width
        let inverse = inverses.pointer[row]
        var products = Vector.zero
        forEachColumn(width) { column, count in
          let gradient = load(upstream + column, first: count) * load(w + column, first: count)
          products = fused(gradient, load(input + column, first: count), products)
        }
        let pull = splat(-(sum(products) / Float(width)) * inverse * inverse * inverse)
        forEachColumn(width) { column, count in
          let gradient = load(upstream + column, first: count) * load(w + column, first: count)
          let start = accumulate ? load(Source(output) + column, first: count) : .zero
          let value = fused(gradient, splat(inverse), start)
          store(
            fused(load(input + column, first: count), pull, value), output + column, first: count)
        }
      }
    }
  }

  /// `dw[D] += Σ dy · x · q`: one chain over the rows for each column.
  public static func backwardWeight(
    _ dy: FloatBuffer, x: FloatBuffer, inverses: FloatBuffer, rows: Int, width: Int,
    into dw: FloatBuffer
  ) {
    let panels = (width + lanes - 1) / lanes
    forEachBlock(of: panels, atLeast: max(1, 32_768 / max(1, rows * lanes))) { range in
      let columns = range.lowerBound &* lanes..<min(width, range.upperBound &* lanes)
      let (dw, dy, x) = (dw.pointer, dy.source, x.source)
      for row in 0..<rows {
        let inverse = splat(inverses.pointer[row])
        let at = row &* width &+ columns.lowerBound
        let sums = dw + columns.lowerBound
        forEachColumn(columns.count) { column, count in
          let normal = load(x + at + column, first: count) * inverse
          let total = load(Source(sums) + column, first: count)
          store(
            fused(load(dy + at + column, first: count), normal, total), sums + column, first: count)
        }
      }
    }
  }
}

/// Calls `body(column, count)` for each run of up to 16 columns.
@inline(always) func forEachColumn(_ width: Int, _ body: (Int, Int) -> Void) {
  var column = 0
  while column &+ lanes <= width {
    body(column, lanes)
    column &+= lanes
  }
  if column < width { body(column, width &- column) }
}
