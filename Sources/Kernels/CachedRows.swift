import Vectors

/// A segment's rows and some key heads of the cached sequence that they continue.
///
/// A block holds 16 positions: of each head keys `[width][16]`, then of each head values in panels
/// of `[16][16]`.
struct CachedRows {
  let segment: AttentionLayout.Segment
  let heads: AttentionHeads
  let blocks: UnsafeMutableBufferPointer<Target>
  let keyHeads: Range<Int>

  /// Writes the rows' keys and values at their positions.
  func append(_ k: Source, _ v: Source) {
    for (offset, row) in segment.rows.enumerated() {
      let position = segment.firstPosition &+ offset
      let (block, lane) = (blocks[position / lanes], position % lanes)
      for head in keyHeads {
        let at = row &* heads.keyStride &+ head &* heads.width
        var key = block + (head &* heads.keyBlock &+ lane)
        for i in 0..<heads.width {
          key.pointee = k[at &+ i]
          key += lanes
        }
        var value =
          block + (heads.keys &* heads.keyBlock &+ head &* heads.valueBlock &+ lane &* lanes)
        forEachColumn(heads.width) { column, width in
          store(load(v + (at &+ column), first: width), value)
          value += lanes &* lanes
        }
      }
    }
  }

  /// Writes the queries' rows of the output; `scratch` has room for a context and the heads' scores.
  func attend(_ q: Source, _ scratch: Target, into out: Target) {
    if segment.queries.isEmpty { return }
    let first = segment.queries.lowerBound &* heads.queryStride
    if segment.queries.count == 1 { return attendOneRow(q + first, scratch, into: out + first) }
    let context = Context(scratch, segment, heads)
    let scores = scratch + segment.blocks &* (heads.keyBlock &+ heads.valueBlock)
    for keyHead in keyHeads {
      context.copy(blocks, keyHead)
      for member in 0..<heads.queriesPerKey {
        let at = first &+ (keyHead &* heads.queriesPerKey &+ member) &* heads.width
        Kernels.attend(
          q + at, segment, keys: context.acrossPositions, values: context.acrossWidth, heads,
          scores, into: out + at)
      }
    }
  }

  /// One row reads each key once, so the blocks are used where they are; the rows of a product are
  /// the key heads, each with panels of its own.
  private func attendOneRow(_ q: Source, _ scratch: Target, into out: Target) {
    let (group, padded) = (heads.queriesPerKey, segment.paddedContext)
    let paddedWidth = heads.panels &* lanes
    let scores = scratch + keyHeads.count &* paddedWidth
    for member in 0..<group {
      let first = (keyHeads.lowerBound &* group &+ member) &* heads.width
      score(LeftOperand(pointer: q + first, row: group &* heads.width, step: 1), scores)
      for head in 0..<keyHeads.count {
        softmax(
          scores + head &* padded, valid: segment.firstQueryPosition &+ 1, blocks: segment.blocks,
          scale: heads.scale)
      }
      mix(LeftOperand(pointer: Source(scores), row: padded, step: 1), into: scratch)
      for head in 0..<keyHeads.count {
        (out + (first &+ head &* group &* heads.width))
          .update(from: scratch + head &* paddedWidth, count: heads.width)
      }
    }
  }

  /// The products of a query of each head with the keys.
  private func score(_ queries: LeftOperand, _ scores: Target) {
    let start = keyHeads.lowerBound &* heads.keyBlock
    for (index, block) in blocks.enumerated() {
      multiplyRows(
        queries, rows: keyHeads.count,
        RightOperand(panels: Source(block) + start, stride: heads.keyBlock), depth: heads.width,
        Products(
          pointer: scores + index &* lanes, row: segment.paddedContext, start: nil))
    }
  }

  /// The values, weighed and added, as rows of whole panels.
  private func mix(_ weights: LeftOperand, into mixed: Target) {
    let start = heads.keys &* heads.keyBlock &+ keyHeads.lowerBound &* heads.valueBlock
    for (index, block) in blocks.enumerated() {
      for panel in 0..<heads.panels {
        let sums = mixed + panel &* lanes
        multiplyRows(
          weights.advanced(rows: 0, depth: index &* lanes), rows: keyHeads.count,
          RightOperand(
            panels: Source(block) + (start &+ panel &* lanes &* lanes), stride: heads.valueBlock),
          depth: lanes,
          Products(pointer: sums, row: heads.panels &* lanes, start: index > 0 ? Source(sums) : nil)
        )
      }
    }
  }
}
