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
  var target = panels
  var column = 0
  while column < columns {
    let width = min(lanes, columns &- column)
    var row = matrix + column
    for _ in 0..<depth {
      store(load(row, first: width), target)
      row += stride
      target += lanes
    }
    column &+= lanes
  }
}

/// The same for a whole matrix, shared out.
func pack(_ matrix: Source, columns: Int, depth: Int, into panels: Target) {
  forEachPanel(columns: columns, depth: depth) { first, count in
    pack(
      matrix + first, stride: columns, columns: count, depth: depth,
      into: panels + first &* depth)
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
