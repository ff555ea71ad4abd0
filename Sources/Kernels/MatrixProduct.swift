import Vectors

/// The matrix products of training and decoding: each output element is one chain over the depth.
public enum MatrixProduct {
  /// `y[N, out] = start + x[N, in] · Wᵀ` for a weight `W[out, in]`: the chains go on from `start`,
  /// which may be `y`, or begin at 0.
  public static func timesTransposed(
    _ x: FloatBuffer, _ weight: FloatBuffer, rows: Int, inputs: Int, outputs: Int,
    into y: FloatBuffer, from start: FloatBuffer? = nil
  ) {
    let panels = weight.packedTransposed(rows: outputs, columns: inputs)
    multiply(
      LeftOperand(pointer: x.source, row: inputs, step: 1), rows: rows, panels.operand,
      columns: outputs, depth: inputs, y.pointer, from: start?.source)
  }

  /// `dx[N, in] = start + dy[N, out] · W`.
  public static func times(
    _ dy: FloatBuffer, _ weight: FloatBuffer, rows: Int, inputs: Int, outputs: Int,
    into dx: FloatBuffer, from start: FloatBuffer? = nil
  ) {
    multiply(
      LeftOperand(pointer: dy.source, row: outputs, step: 1), rows: rows,
      RightOperand(rows: weight.source, width: inputs),
      columns: inputs, depth: outputs, dx.pointer, from: start?.source)
  }

  /// `dW[out, in] += dyᵀ[out, N] · x[N, in]`: the chain over the step's rows goes on where it stood.
  public static func transposedTimes(
    _ dy: FloatBuffer, _ x: FloatBuffer, rows: Int, inputs: Int, outputs: Int,
    into dw: FloatBuffer
  ) {
    multiply(
      LeftOperand(pointer: dy.source, row: 1, step: outputs), rows: outputs,
      RightOperand(rows: x.source, width: inputs),
      columns: inputs, depth: rows, dw.pointer, from: dw.source)
  }

  private static let rowBlock = 96
  private static let depthBlock = 256
  /// About a microsecond of work: less is not worth handing to another thread.
  private static let chunkWork = 200_000

  /// `c[rows, columns] = start + a · b`, shared out along the longer side first: the rows of a
  /// batch, or the columns of a weight that few rows are multiplied with.
  private static func multiply(
    _ a: LeftOperand, rows: Int, _ b: RightOperand, columns: Int, depth: Int, _ c: Target,
    from start: Source?
  ) {
    let chunks = max(1, min(rows * columns * depth / chunkWork, Engine.shared.parts))
    let byRows = EvenParts(of: rows, into: chunks, step: 12)
    let byColumns = EvenParts(of: columns, into: chunks, step: 2 * lanes)
    let (rowParts, columnParts) =
      rows > columns
      ? (byRows, EvenParts(of: columns, into: chunks / byRows.count, step: 2 * lanes))
      : (EvenParts(of: rows, into: chunks / byColumns.count, step: 12), byColumns)
    Engine.shared.run(rowParts.count * columnParts.count) { chunk in
      let row = rowParts[chunk / columnParts.count]
      let column = columnParts[chunk % columnParts.count]
      let offset = row.lowerBound * columns + column.lowerBound
      multiplySerially(
        a.advanced(rows: row.lowerBound), rows: row.count,
        b.advanced(panels: column.lowerBound / lanes), columns: column.count, depth: depth,
        Products(pointer: c + offset, row: columns, start: start.map { $0 + offset }))
    }
  }

  /// Blocks of rows and depth keep both operands in the caches; the chain goes on over depth blocks.
  private static func multiplySerially(
    _ a: LeftOperand, rows: Int, _ b: RightOperand, columns: Int, depth: Int, _ c: Products
  ) {
    var k = 0
    repeat {
      let depthNow = min(depthBlock, depth - k)
      var row = 0
      while row < rows {
        let rowsNow = min(rowBlock, rows - row)
        var products = c.advanced(rows: row)
        if k > 0 { products.start = Source(products.pointer) }
        multiplyBlock(
          a.advanced(rows: row, depth: k), rows: rowsNow,
          b.advanced(depth: k), columns: columns, depth: depthNow, products)
        row += rowsNow
      }
      k += depthNow
    } while k < depth
  }
}
