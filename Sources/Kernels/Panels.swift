import Vectors

/// A transpose laid out for the product: column panels of 16, each `[depth][16]`.
///
/// Made once after each write of a weight, for all who share it.
final class PackedPanels: Sendable {
  let depth: Int
  let columns: Int
  private let buffer: FloatBuffer

  /// Packs the transpose of a row-major matrix.
  init(transposeOf matrix: Source, rows: Int, columns: Int) {
    (depth, self.columns) = (columns, rows)
    buffer = FloatBuffer(count: panelCount(of: rows) * columns * lanes)
    packTransposed(matrix, columns: rows, depth: columns, into: buffer.pointer)
  }

  var operand: RightOperand { RightOperand(panels: buffer.source, stride: depth &* lanes) }
}

@inline(always) func panelCount(of columns: Int) -> Int { (columns &+ lanes &- 1) / lanes }

/// Panels of the transpose of a row-major `[columns, depth]` matrix, shared out.
func packTransposed(_ matrix: Source, columns: Int, depth: Int, into panels: Target) {
  forEachPanel(columns: columns, depth: depth) { first, count in
    var target = panels + first &* depth
    var column = first
    while column < first &+ count {
      let rows = matrix + column &* depth
      forEachColumn(depth) { k, width in
        storeTransposed(rows: min(lanes, columns &- column), columns: width, to: target) {
          rows + ($0 &* depth &+ k)
        }
        target += width &* lanes
      }
      column &+= lanes
    }
  }
}

/// Calls `body(first column, columns)` for runs of whole panels, on all threads.
private func forEachPanel(columns: Int, depth: Int, _ body: (Int, Int) -> Void) {
  let least = max(1, 8192 / max(1, depth &* lanes))
  forEachBlock(of: panelCount(of: columns), atLeast: least) { range in
    let first = range.lowerBound &* lanes
    body(first, min(columns, range.upperBound &* lanes) &- first)
  }
}

/// Stores columns of up to 16 rows, each as a vector; row `r` begins at `row(r)`. The last row stands
/// for those that are missing: nothing reads its copies, and no branch keeps rows from registers.
@inline(always)
func storeTransposed(rows: Int, columns: Int, to target: Target, _ row: (Int) -> Source) {
  var tile = InlineArray<16, Vector> { load(row(min($0, rows &- 1)), first: columns) }
  tile = transposed(tile)
  for c in 0..<16 where c < columns { store(tile[c], target + c &* lanes) }
}
