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
      packTransposed(matrix, stride: columns, columns: rows, depth: columns, into: buffer.pointer)
    } else {
      pack(matrix, stride: columns, columns: columns, depth: rows, into: buffer.pointer)
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

/// Panels of the transpose of a row-major `[columns, depth]` matrix.
func packTransposed(_ matrix: Source, stride: Int, columns: Int, depth: Int, into panels: Target) {
  var target = panels
  var column = 0
  while column < columns {
    let width = min(lanes, columns &- column)
    let rows = matrix + column &* stride
    forEachColumn(depth) { k, count in
      storeTransposed(rows: width, columns: count, to: target) { rows + ($0 &* stride &+ k) }
      target += count &* lanes
    }
    column &+= lanes
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
