import Vectors

/// A matrix laid out for the product: column panels of 16, each `[depth][16]`, zeros at the end.
///
/// Made once after each write of a weight, for all who share it.
final class PackedPanels: Sendable {
  let depth: Int
  let columns: Int
  private let buffer: FloatBuffer

  var pointer: Source { buffer.source }

  /// Packs a row-major matrix: as `depth × columns`, or transposed from `columns × depth`.
  init(_ matrix: Source, rows: Int, columns: Int, transposed: Bool) {
    depth = transposed ? columns : rows
    self.columns = transposed ? rows : columns
    buffer = FloatBuffer(count: panelCount(of: self.columns) * depth * lanes)
    if transposed {
      packTransposed(matrix, columns: rows, depth: columns, into: buffer.pointer)
    } else {
      pack(matrix, columns: columns, depth: rows, into: buffer.pointer)
    }
  }
}

@inline(always) func panelCount(of columns: Int) -> Int { (columns &+ lanes &- 1) / lanes }

/// Panels of a row-major `[depth, columns]` matrix.
func pack(_ matrix: Source, stride: Int, columns: Int, depth: Int, into panels: Target) {
  pack(matrix, stride: stride, columns: columns, rows: 0..<depth, of: depth, into: panels)
}

/// The same for a whole matrix, shared out by rows: they are in the cache of the thread that wrote.
func pack(_ matrix: Source, columns: Int, depth: Int, into panels: Target) {
  forEachBlock(of: depth, atLeast: max(1, 8192 / max(1, columns))) { range in
    pack(matrix, stride: columns, columns: columns, rows: range, of: depth, into: panels)
  }
}

/// The part of the panels that comes from `rows` of the matrix.
private func pack(
  _ matrix: Source, stride: Int, columns: Int, rows: Range<Int>, of depth: Int, into panels: Target
) {
  var column = 0
  while column < columns {
    let width = min(lanes, columns &- column)
    var target = panels + column &* depth + rows.lowerBound &* lanes
    var row = matrix + rows.lowerBound &* stride + column
    for _ in rows {
      store(load(row, first: width), target)
      row += stride
      target += lanes
    }
    column &+= lanes
  }
}

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

/// Stores columns of up to 16 rows, each as a vector; row `r` begins at `row(r)`.
@inline(always)
func storeTransposed(rows: Int, columns: Int, to target: Target, _ row: (Int) -> Source) {
  var tile = InlineArray<16, Vector>(repeating: .zero)
  for r in 0..<16 where r < rows { tile[r] = load(row(r), first: columns) }
  tile = transposed(tile)
  for c in 0..<16 where c < columns { store(tile[c], target + c &* lanes) }
}
