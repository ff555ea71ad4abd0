import Vectors

/// The matrix products of training and decoding: each output element is one chain over the depth.
public enum MatrixProduct {
  /// `y[N, out] (+)= x[N, in] · Wᵀ` for a weight `W[out, in]`; with `accumulate` the chain continues.
  public static func timesTransposed(
    _ x: FloatBuffer, _ weight: FloatBuffer, rows: Int, inputs: Int, outputs: Int,
    into y: FloatBuffer, accumulate: Bool
  ) {
    let panels = weight.packed(rows: outputs, columns: inputs, transposed: true)
    multiply(
      LeftOperand(pointer: x.source, row: inputs, step: 1), rows: rows, panels.pointer,
      columns: outputs, depth: inputs, y.pointer, accumulate: accumulate)
  }

  /// `dx[N, in] (+)= dy[N, out] · W`.
  public static func times(
    _ dy: FloatBuffer, _ weight: FloatBuffer, rows: Int, inputs: Int, outputs: Int,
    into dx: FloatBuffer, accumulate: Bool
  ) {
    let panels = weight.packed(rows: outputs, columns: inputs, transposed: false)
    multiply(
      LeftOperand(pointer: dy.source, row: outputs, step: 1), rows: rows, panels.pointer,
      columns: inputs, depth: outputs, dx.pointer, accumulate: accumulate)
  }

  /// `dW[out, in] += dyᵀ[out, N] · x[N, in]`: the chain over the step's rows goes on where it stood.
  public static func transposedTimes(
    _ dy: FloatBuffer, _ x: FloatBuffer, rows: Int, inputs: Int, outputs: Int,
    into dw: FloatBuffer
  ) {
    let count = panelCount(of: inputs)
    let panels = FloatBuffer(count: count * rows * lanes)
    Engine.shared.run((count + 3) / 4) { group in
      let first = group * 4 * lanes
      pack(
        x.source + first, stride: inputs, columns: min(4 * lanes, inputs - first), depth: rows,
        into: panels.pointer + first * rows)
    }
    multiply(
      LeftOperand(pointer: dy.source, row: 1, step: outputs), rows: outputs, panels.source,
      columns: inputs, depth: rows, dw.pointer, accumulate: true)
  }

  private static let rowBlock = 96
  private static let depthBlock = 256
  /// About ten microseconds of work: less is not worth handing to another thread.
  private static let chunkWork = 500_000

  /// `c[rows, columns] (+)= a · panels`, shared out by rows, and by columns where rows are few.
  private static func multiply(
    _ a: LeftOperand, rows: Int, _ panels: Source, columns: Int, depth: Int, _ c: Target,
    accumulate: Bool
  ) {
    let work = rows * columns * depth
    let chunks = max(1, min(work / chunkWork, Engine.shared.threads * 4))
    let rowsEach = roundedUp((rows + chunks - 1) / chunks, to: 12)
    let rowChunks = max(1, (rows + rowsEach - 1) / rowsEach)
    let wantedColumns = max(1, chunks / rowChunks)
    let columnsEach = roundedUp((columns + wantedColumns - 1) / wantedColumns, to: 2 * lanes)
    let columnChunks = max(1, (columns + columnsEach - 1) / columnsEach)
    Engine.shared.run(rowChunks * columnChunks) { chunk in
      let row = chunk / columnChunks * rowsEach
      let column = chunk % columnChunks * columnsEach
      multiplySerially(
        a.advanced(rows: row), rows: min(rowsEach, rows - row), panels + column * depth,
        columns: min(columnsEach, columns - column), depth: depth, c + row * columns + column,
        stride: columns, accumulate: accumulate)
    }
  }

  /// Blocks of rows and depth keep both operands in the caches; the chain goes on over depth blocks.
  private static func multiplySerially(
    _ a: LeftOperand, rows: Int, _ panels: Source, columns: Int, depth: Int, _ c: Target,
    stride: Int, accumulate: Bool
  ) {
    var k = 0
    repeat {
      let depthNow = min(depthBlock, depth - k)
      var row = 0
      while row < rows {
        let rowsNow = min(rowBlock, rows - row)
        multiplyBlock(
          a.advanced(rows: row, depth: k), rows: rowsNow,
          RightOperand(pointer: panels + k * lanes, stride: depth * lanes), columns: columns,
          depth: depthNow,
          Products(pointer: c + row * stride, row: stride, accumulate: accumulate || k > 0))
        row += rowsNow
      }
      k += depthNow
    } while k < depth
  }
}
