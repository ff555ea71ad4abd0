import Vectors

/// The context of a segment and one key head, laid out as the right operands of products.
struct Context {
  /// Blocks `[width][16]` of positions: a transpose in panels.
  private let transposed: Target
  /// Panels `[positions][16]` of columns, `panelStride` apart.
  private let plain: Target
  private let panelStride: Int
  private let heads: AttentionHeads
  private let positions: Int

  /// A context in `scratch`, which must hold a key and a value block for each 16 positions.
  init(_ scratch: Target, _ segment: AttentionLayout.Segment, _ heads: AttentionHeads) {
    transposed = scratch
    plain = scratch + segment.blocks &* heads.keyBlock
    panelStride = segment.paddedContext &* lanes
    positions = segment.context
    self.heads = heads
  }

  /// `[width][positions]`, to multiply rows of the head's width with.
  var acrossPositions: RightOperand {
    RightOperand(panels: Source(transposed), stride: heads.keyBlock)
  }

  /// `[positions][width]`, to multiply rows of weights with: of cached blocks that were copied.
  var acrossWidth: RightOperand { RightOperand(panels: Source(plain), stride: panelStride) }

  /// The same of one head of a matrix of packed rows: where they stand, if they follow each other.
  func acrossWidth(
    _ matrix: Source, _ layout: AttentionLayout, _ segment: Int, _ keyHead: Int
  ) -> RightOperand {
    let head = matrix + keyHead &* heads.width
    let first = layout.row(segment, at: 0)
    if layout.row(segment, at: positions &- 1) &- first == positions &- 1 {
      return RightOperand(rows: head + first &* heads.keyStride, width: heads.keyStride)
    }
    for position in 0..<positions {
      let row = head + layout.row(segment, at: position) &* heads.keyStride
      var target = plain + position &* lanes
      forEachColumn(heads.width) { column, width in
        store(load(row + column, first: width), target)
        target += panelStride
      }
    }
    return acrossWidth
  }

  /// Fills `transposed` from one head of a matrix of packed rows.
  func gatherTransposed(
    _ matrix: Source, _ layout: AttentionLayout, _ segment: Int, _ keyHead: Int
  ) {
    let head = matrix + keyHead &* heads.width
    var first = 0
    while first < positions {
      let count = min(lanes, positions &- first)
      let block = transposed + first &* heads.width
      forEachColumn(heads.width) { column, width in
        storeTransposed(rows: count, columns: width, to: block + column &* lanes) { row in
          head + (layout.row(segment, at: first &+ row) &* heads.keyStride &+ column)
        }
      }
      first &+= lanes
    }
  }

  /// Fills both from cached blocks.
  func copy(_ blocks: UnsafeMutableBufferPointer<Target>, _ keyHead: Int) {
    for (index, block) in blocks.enumerated() {
      (transposed + index &* heads.keyBlock)
        .update(from: block + keyHead &* heads.keyBlock, count: heads.keyBlock)
      let values = block + (heads.keys &* heads.keyBlock &+ keyHead &* heads.valueBlock)
      for panel in 0..<heads.panels {
        (plain + (panel &* panelStride &+ index &* lanes &* lanes))
          .update(from: values + panel &* lanes &* lanes, count: lanes &* lanes)
      }
    }
  }
}
