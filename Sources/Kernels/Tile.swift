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

/// `rows` × 32 elements of a product, in registers, from row `at`: `c (+)= a · b`.
///
/// Each element is one chain of fused multiply-adds over the depth, so no other row, column, tile
/// shape or vector width can change its bits. `a` is addressed by two strides, which makes plain and
/// transposed left operands one function.
@inline(always)
private func wideTile<let rows: Int>(
  _ zeros: InlineArray<rows, Vector>, _ operand: LeftOperand, _ at: inout Int, _ panel: Source,
  _ panelStride: Int, depth: Int, _ out: Target, _ stride: Int, accumulate: Bool
) {
  let c = out + at &* stride
  var left = zeros
  var right = zeros
  if accumulate {
    for r in 0..<rows {
      left[r] = load(c + r &* stride)
      right[r] = load(c + r &* stride + lanes)
    }
  }
  let row = operand.row
  var a = operand.pointer + at &* row
  var b0 = panel
  var b1 = panel + panelStride
  for _ in 0..<depth {
    let v0 = load(b0)
    let v1 = load(b1)
    for r in 0..<rows {
      let x = splat(a[r &* row])
      left[r] = left[r].addingProduct(x, v0)
      right[r] = right[r].addingProduct(x, v1)
    }
    a += operand.step
    b0 += lanes
    b1 += lanes
  }
  for r in 0..<rows {
    store(left[r], c + r &* stride)
    store(right[r], c + r &* stride + lanes)
  }
  at &+= rows
}

/// `rows` × 16 elements of a product: the tile of AVX2, and of a last odd panel.
@inline(always)
private func narrowTile<let rows: Int>(
  _ zeros: InlineArray<rows, Vector>, _ operand: LeftOperand, _ at: inout Int, _ panel: Source,
  depth: Int, _ out: Target, _ stride: Int, accumulate: Bool
) {
  let c = out + at &* stride
  var sums = zeros
  if accumulate {
    for r in 0..<rows { sums[r] = load(c + r &* stride) }
  }
  let row = operand.row
  var a = operand.pointer + at &* row
  var b = panel
  for _ in 0..<depth {
    let v = load(b)
    for r in 0..<rows { sums[r] = sums[r].addingProduct(splat(a[r &* row]), v) }
    a += operand.step
    b += lanes
  }
  for r in 0..<rows { store(sums[r], c + r &* stride) }
  at &+= rows
}

/// `c[rows, columns] (+)= a[rows, depth] · panels`, a block small enough for the caches.
///
/// `panelStride` is the distance between panels, which may hold more depth than is used here.
@inline(never)
func multiplyBlock(
  _ a: LeftOperand, rows: Int, _ panels: Source, panelStride: Int, columns: Int, depth: Int,
  _ c: Target, stride: Int, accumulate: Bool
) {
  var column = 0
  var panel = panels
  #if WIDE_VECTORS
    while columns &- column >= 2 &* lanes {
      wideColumns(
        a, rows: rows, panel, panelStride, depth: depth, c + column, stride, accumulate: accumulate)
      column &+= 2 &* lanes
      panel += 2 &* panelStride
    }
  #endif
  while columns &- column >= lanes {
    narrowColumns(a, rows: rows, panel, depth: depth, c + column, stride, accumulate: accumulate)
    column &+= lanes
    panel += panelStride
  }
  if columns > column {
    edgeColumns(
      a, rows: rows, panel, depth: depth, c + column, stride, width: columns &- column,
      accumulate: accumulate)
  }
}

@inline(always)
private func wideColumns(
  _ a: LeftOperand, rows: Int, _ panel: Source, _ panelStride: Int, depth: Int,
  _ c: Target, _ stride: Int, accumulate: Bool
) {
  var at = 0
  while rows &- at >= 12 {
    wideTile(
      InlineArray<12, Vector>(repeating: .zero), a, &at, panel, panelStride, depth: depth, c,
      stride, accumulate: accumulate)
  }
  while rows &- at >= 4 {
    wideTile(
      InlineArray<4, Vector>(repeating: .zero), a, &at, panel, panelStride, depth: depth, c,
      stride, accumulate: accumulate)
  }
  while rows > at {
    wideTile(
      InlineArray<1, Vector>(repeating: .zero), a, &at, panel, panelStride, depth: depth, c,
      stride, accumulate: accumulate)
  }
}

@inline(always)
private func narrowColumns(
  _ a: LeftOperand, rows: Int, _ panel: Source, depth: Int, _ c: Target, _ stride: Int,
  accumulate: Bool
) {
  var at = 0
  #if WIDE_VECTORS
    while rows &- at >= 12 {
      narrowTile(
        InlineArray<12, Vector>(repeating: .zero), a, &at, panel, depth: depth, c, stride,
        accumulate: accumulate)
    }
  #endif
  while rows &- at >= 6 {
    narrowTile(
      InlineArray<6, Vector>(repeating: .zero), a, &at, panel, depth: depth, c, stride,
      accumulate: accumulate)
  }
  while rows &- at >= 2 {
    narrowTile(
      InlineArray<2, Vector>(repeating: .zero), a, &at, panel, depth: depth, c, stride,
      accumulate: accumulate)
  }
  while rows > at {
    narrowTile(
      InlineArray<1, Vector>(repeating: .zero), a, &at, panel, depth: depth, c, stride,
      accumulate: accumulate)
  }
}

/// A last panel of fewer than 16 columns, through a full-width copy of its part of `c`.
@inline(never)
private func edgeColumns(
  _ a: LeftOperand, rows: Int, _ panel: Source, depth: Int, _ c: Target, _ stride: Int, width: Int,
  accumulate: Bool
) {
  withUnsafeTemporaryAllocation(of: Float.self, capacity: rows &* lanes) { scratch in
    guard let full = scratch.baseAddress else { return }
    if accumulate {
      for row in 0..<rows {
        store(load(Source(c + row &* stride), first: width), full + row &* lanes)
      }
    }
    narrowColumns(a, rows: rows, panel, depth: depth, full, lanes, accumulate: accumulate)
    for row in 0..<rows {
      store(load(full + row &* lanes), c + row &* stride, first: width)
    }
  }
}
