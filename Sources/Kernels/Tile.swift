import Vectors

/// A left operand: element `(r, k)` stands at `pointer[r · row + k · step]`.
struct LeftOperand {
  var pointer: Source
  var row: Int
  var step: Int

  @inline(always) func advanced(rows: Int, depth: Int = 0) -> LeftOperand {
    LeftOperand(pointer: pointer + (rows &* row &+ depth &* step), row: row, step: step)
  }
}

/// A right operand in runs of 16 columns: the next 16 stand `stride` further on, the same ones of the
/// next depth `step` further on.
struct RightOperand {
  var pointer: Source
  var stride: Int
  var step: Int

  /// A row-major matrix as it is.
  init(rows pointer: Source, width: Int) {
    (self.pointer, stride, step) = (pointer, lanes, width)
  }

  /// Panels `[depth][16]`, which are read from end to end.
  init(panels pointer: Source, stride: Int) {
    (self.pointer, self.stride, step) = (pointer, stride, lanes)
  }

  @inline(always) func advanced(panels: Int = 0, depth: Int = 0) -> RightOperand {
    var moved = self
    moved.pointer += panels &* stride &+ depth &* step
    return moved
  }
}

/// Where products go: row `r` begins at `pointer[r · row]`.
struct Products {
  var pointer: Target
  var row: Int
  /// What the chains go on from, laid out alike and possibly the same memory; else they begin at 0.
  var start: Source?

  @inline(always) func advanced(rows: Int = 0, columns: Int = 0) -> Products {
    let offset = rows &* row &+ columns
    return Products(pointer: pointer + offset, row: row, start: start.map { $0 + offset })
  }
}

/// Tiles of `tile` × 32 products in registers, from row `at` on while there are rows for one.
///
/// Each element is one chain of fused multiply-adds over the depth, so no other row, column, tile
/// shape or vector width can change its bits. `a` is addressed by two strides, which makes plain and
/// transposed left operands one function.
@inline(always)
private func wideTiles<let tile: Int>(
  _ zeros: InlineArray<tile, Vector>, _ at: inout Int, of rows: Int, _ a: LeftOperand,
  _ b: RightOperand, depth: Int, _ c: Products
) {
  while rows &- at >= tile {
    let to = c.advanced(rows: at).pointer
    var left = zeros
    var right = zeros
    if let start = c.advanced(rows: at).start {
      for r in 0..<tile {
        left[r] = load(start + r &* c.row)
        right[r] = load(start + r &* c.row + lanes)
      }
    }
    var from = a.advanced(rows: at).pointer
    var b0 = b.pointer
    var b1 = b0 + b.stride
    for _ in 0..<depth {
      let v0 = load(b0)
      let v1 = load(b1)
      for r in 0..<tile {
        let x = splat(from[r &* a.row])
        left[r] = left[r].addingProduct(x, v0)
        right[r] = right[r].addingProduct(x, v1)
      }
      from += a.step
      b0 += b.step
      b1 += b.step
    }
    for r in 0..<tile {
      store(left[r], to + r &* c.row)
      store(right[r], to + r &* c.row + lanes)
    }
    at &+= tile
  }
}

/// Tiles of `tile` × 16 products: those of AVX2, and of a last odd panel.
@inline(always)
private func narrowTiles<let tile: Int>(
  _ zeros: InlineArray<tile, Vector>, _ at: inout Int, of rows: Int, _ a: LeftOperand,
  _ b: RightOperand, depth: Int, _ c: Products
) {
  while rows &- at >= tile {
    let to = c.advanced(rows: at).pointer
    var sums = zeros
    if let start = c.advanced(rows: at).start {
      for r in 0..<tile { sums[r] = load(start + r &* c.row) }
    }
    var from = a.advanced(rows: at).pointer
    var panel = b.pointer
    for _ in 0..<depth {
      let v = load(panel)
      for r in 0..<tile { sums[r] = sums[r].addingProduct(splat(from[r &* a.row]), v) }
      from += a.step
      panel += b.step
    }
    for r in 0..<tile { store(sums[r], to + r &* c.row) }
    at &+= tile
  }
}

/// `c[rows, columns] (+)= a[rows, depth] · b`, a block small enough for the caches.
@inline(never)
func multiplyBlock(
  _ a: LeftOperand, rows: Int, _ b: RightOperand, columns: Int, depth: Int, _ c: Products
) {
  var column = 0
  var b = b
  #if WIDE_VECTORS
    while columns &- column >= 2 &* lanes {
      wideColumns(a, rows: rows, b, depth: depth, c.advanced(columns: column))
      column &+= 2 &* lanes
      b = b.advanced(panels: 2)
    }
  #endif
  while columns &- column >= lanes {
    narrowColumns(a, rows: rows, b, depth: depth, c.advanced(columns: column))
    column &+= lanes
    b = b.advanced(panels: 1)
  }
  if columns > column {
    edgeColumns(
      a, rows: rows, b, depth: depth, c.advanced(columns: column), width: columns &- column)
  }
}

@inline(always)
private func wideColumns(
  _ a: LeftOperand, rows: Int, _ b: RightOperand, depth: Int, _ c: Products
) {
  var at = 0
  wideTiles(InlineArray<12, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
  wideTiles(InlineArray<4, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
  wideTiles(InlineArray<2, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
  wideTiles(InlineArray<1, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
}

@inline(always)
private func narrowColumns(
  _ a: LeftOperand, rows: Int, _ b: RightOperand, depth: Int, _ c: Products
) {
  var at = 0
  #if WIDE_VECTORS
    narrowTiles(InlineArray<12, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
  #else
    narrowTiles(InlineArray<6, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
  #endif
  narrowTiles(InlineArray<4, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
  narrowTiles(InlineArray<2, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
  narrowTiles(InlineArray<1, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
}

/// `c[r] (+)= a[r] · b[r]` for vectors of 16 columns: each row has a panel of its own, `stride` apart.
///
/// Products of one row are single chains, which wait for themselves; here they run side by side.
@inline(never)
func multiplyRows(
  _ a: LeftOperand, rows: Int, _ b: RightOperand, depth: Int, _ c: Products
) {
  var at = 0
  #if WIDE_VECTORS
    rowTiles(InlineArray<8, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
  #endif
  rowTiles(InlineArray<4, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
  rowTiles(InlineArray<2, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
  rowTiles(InlineArray<1, Vector>(repeating: .zero), &at, of: rows, a, b, depth: depth, c)
}

@inline(always)
private func rowTiles<let tile: Int>(
  _ zeros: InlineArray<tile, Vector>, _ at: inout Int, of rows: Int, _ a: LeftOperand,
  _ b: RightOperand, depth: Int, _ c: Products
) {
  while rows &- at >= tile {
    let to = c.advanced(rows: at).pointer
    var sums = zeros
    if let start = c.advanced(rows: at).start {
      for r in 0..<tile { sums[r] = load(start + r &* c.row) }
    }
    var from = a.advanced(rows: at).pointer
    var panel = b.advanced(panels: at).pointer
    for _ in 0..<depth {
      for r in 0..<tile {
        sums[r] = sums[r].addingProduct(splat(from[r &* a.row]), load(panel + r &* b.stride))
      }
      from += a.step
      panel += b.step
    }
    for r in 0..<tile { store(sums[r], to + r &* c.row) }
    at &+= tile
  }
}

/// A last panel of fewer than 16 columns, through full-width copies of it and its part of `c`.
@inline(never)
private func edgeColumns(
  _ a: LeftOperand, rows: Int, _ b: RightOperand, depth: Int, _ c: Products, width: Int
) {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: (rows &+ depth) &* lanes) { scratch in
    guard let base = scratch.baseAddress else { return }
    let panel = base + rows &* lanes
    for k in 0..<depth {
      store(load(b.advanced(depth: k).pointer, first: width), panel + k &* lanes)
    }
    let b = RightOperand(panels: Source(panel), stride: 0)
    let full = Products(pointer: base, row: lanes, start: c.start == nil ? nil : Source(base))
    if let start = c.start {
      for row in 0..<rows {
        store(load(start + row &* c.row, first: width), full.advanced(rows: row).pointer)
      }
    }
    narrowColumns(a, rows: rows, b, depth: depth, full)
    for row in 0..<rows {
      store(
        load(full.advanced(rows: row).pointer), c.advanced(rows: row).pointer, first: width)
    }
  }
}
