import Vectors

/// The matrix products of training and decoding: each output element is one chain over the depth.
public enum MatrixProduct {
  /// `y[N, out] = start + x[N, in] · Wᵀ` for a weight `W[out, in]`: the chains go on from `start`,
  /// which may be `y`, or begin at 0.
  public static func timesTransposed(
    _ x: FloatBuffer, _ weight: FloatBuffer, rows: Int, inputs: Int, outputs: Int,
    into y: FloatBuffer, from start: FloatBuffer? = nil
  ) {
    let panels = weight.packed(rows: outputs, columns: inputs, transposed: true)
    multiply(
      LeftOperand(pointer: x.source, row: inputs, step: 1), rows: rows, panels.pointer,
      columns: outputs, depth: inputs, y.pointer, from: start?.source)
  }

  /// `dx[N, in] = start + dy[N, out] · W`.
  public static func times(
    _ dy: FloatBuffer, _ weight: FloatBuffer, rows: Int, inputs: Int, outputs: Int,
    into dx: FloatBuffer, from start: FloatBuffer? = nil
  ) {
    let panels = weight.packed(rows: outputs, columns: inputs, transposed: false)
    multiply(
      LeftOperand(pointer: dy.source, row: outputs, step: 1), rows: rows, panels.pointer,
      columns: inputs, depth: outputs, dx.pointer, from: start?.source)
  }

  /// `dW[out, in] += dyᵀ[out, N] · x[N, in]`: the chain over the step's rows goes on where it stood.
  public static func transposedTimes(
    _ dy: FloatBuffer, _ x: FloatBuffer, rows: Int, inputs: Int, outputs: Int,
    into dw: FloatBuffer
  ) {
    let panels = FloatBuffer(count: panelCount(of: inputs) * rows * lanes)
    pack(x.source, columns: inputs, depth: rows, into: panels.pointer)
    multiply(
      LeftOperand(pointer: dy.source, row: 1, step: outputs), rows: outputs, panels.source,
      columns: inputs, depth: rows, dw.pointer, from: dw.source)
  }

  private static let rowBlock = 96
  private static let depthBlock = 256
  /// About a microsecond of work: less is not worth handing to another thread.
  private static let chunkWork = 200_000

  /// `c[rows, columns] = start + a · panels`, shared out along the longer side first: the rows of a
  /// batch, or the columns of a weight that few rows are multiplied with.
  private static func multiply(
    _ a: LeftOperand, rows: Int, _ panels: Source, columns: Int, depth: Int, _ c: Target,
    from start: Source?
  ) {
    let chunks = max(1, min(rows * columns * depth / chunkWork, Engine.shared.parts))
    let byRows = Share(of: rows, into: chunks, step: 12)
    let byColumns = Share(of: columns, into: chunks, step: 2 * lanes)
    let (rowShare, columnShare) =
      rows > columns
      ? (byRows, Share(of: columns, into: chunks / byRows.parts, step: 2 * lanes))
      : (Share(of: rows, into: chunks / byColumns.parts, step: 12), byColumns)
    Engine.shared.run(rowShare.parts * columnShare.parts) { chunk in
      let row = chunk / columnShare.parts * rowShare.size
      let column = chunk % columnShare.parts * columnShare.size
      let offset = row * columns + column
      multiplySerially(
        a.advanced(rows: row), rows: min(rowShare.size, rows - row), panels + column * depth,
        columns: min(columnShare.size, columns - column), depth: depth,
        Products(pointer: c + offset, row: columns, start: start.map { $0 + offset }))
    }
  }

  /// Blocks of rows and depth keep both operands in the caches; the chain goes on over depth blocks.
  private static func multiplySerially(
    _ a: LeftOperand, rows: Int, _ panels: Source, columns: Int, depth: Int, _ c: Products
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
          RightOperand(pointer: panels + k * lanes, stride: depth * lanes), columns: columns,
          depth: depthNow, products)
        row += rowsNow
      }
      k += depthNow
    } while k < depth
  }
}

/// Equal parts of a side, the last one smaller; sizes are multiples of a tile's.
private struct Share {
  let size, parts: Int

  init(of count: Int, into wanted: Int, step: Int) {
    size = roundedUp((count + max(wanted, 1) - 1) / max(wanted, 1), to: step)
    parts = max(1, (count + size - 1) / max(size, 1))
  }
}
