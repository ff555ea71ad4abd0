import Vectors

/// Causal attention over segments, one chain for each score and each output, so that decoding from
/// a cache and training from packed rows give the same bits.
///
/// A softmax row's lane is the key's absolute position mod 16, wherever that key is stored.
public enum Attention {
  /// `softmax(q kᵀ / √width) v` for rows of rotated queries and keys; keeps the probabilities.
  public static func forward(
    _ q: FloatBuffer, _ k: FloatBuffer, _ v: FloatBuffer, layout: AttentionLayout,
    heads: AttentionHeads, into out: FloatBuffer, probabilities: FloatBuffer
  ) {
    let pairs = layout.segments.count * heads.keys
    forEachBlock(of: pairs, atLeast: pairs * 10 / layout.work(heads) / heads.keys + 1) { range in
      let scratch = FloatBuffer(count: layout.mostBlocks * (heads.keyBlock + heads.valueBlock))
      for pair in range {
        let (index, keyHead) = (pair / heads.keys, pair % heads.keys)
        let segment = layout.segments[index]
        if segment.queries.isEmpty { continue }
        let context = Context(scratch.pointer, segment, heads)
        context.gatherTransposed(k.source, layout, index, keyHead)
        let values = context.acrossWidth(v.source, layout, index, keyHead)
        for member in 0..<heads.queriesPerKey {
          let head = keyHead &* heads.queriesPerKey &+ member
          let at = segment.queries.lowerBound &* heads.queryStride &+ head &* heads.width
          attend(
            q.source + at, segment, keys: context.acrossPositions, values: values, heads,
            probabilities.pointer + layout.probabilities(index, head: head, heads: heads),
            into: out.pointer + at)
        }
      }
    }
  }

  /// The same for segments that continue cached sequences, to which their rows are added first.
  ///
  /// `blocks[s]` hold all layers of the positions of segment `s`, 16 to a block, with room for its
  /// rows.
  public static func forward(
    _ q: FloatBuffer, _ k: FloatBuffer, _ v: FloatBuffer, blocks: [[FloatBuffer]],
    layer: Int, layout: AttentionLayout, heads: AttentionHeads, into out: FloatBuffer
  ) {
    // The heads of single queries are worked on together: alone each is a few long chains.
    let headsEach = layout.segments.contains { $0.queries.count > 1 } ? 1 : heads.keys
    let parts = heads.keys / headsEach
    let tasks = layout.segments.count * parts
    forEachBlock(of: tasks, atLeast: tasks * 10 / layout.work(heads) / heads.keys + 1) { range in
      let scratch = FloatBuffer(
        count: layout.mostBlocks * (heads.keyBlock + heads.valueBlock)
          + headsEach * (layout.mostScores + heads.panels * lanes))
      for task in range {
        let (index, part) = (task / parts, task % parts)
        withUnsafeTemporaryAllocation(of: Target.self, capacity: blocks[index].count) { pointers in
          for (place, block) in blocks[index].enumerated() {
            pointers[place] = block.pointer + layer &* heads.cachedBlock
          }
          let rows = CachedRows(
            segment: layout.segments[index], heads: heads, blocks: pointers,
            keyHeads: part &* headsEach..<(part &+ 1) &* headsEach)
          rows.append(k.source, v.source)
          rows.attend(q.source, scratch.pointer, into: out.pointer)
        }
      }
    }
  }
}

/// Rows that share a register tile, and so a limit of the keys they may see.
let attentionTile = 12

/// One head of a segment's queries, tile by tile.
func attend(
  _ q: Source, _ segment: AttentionLayout.Segment, keys: RightOperand, values: RightOperand,
  _ heads: AttentionHeads, _ probabilities: Target, into out: Target
) {
  let (stride, padded) = (heads.queryStride, segment.paddedContext)
  var row = 0
  while row < segment.queries.count {
    let count = min(attentionTile, segment.queries.count &- row)
    let visible = segment.firstQueryPosition &+ row
    let blocks = (visible &+ count &+ lanes &- 1) / lanes
    let scores = probabilities + row &* padded
    multiplyBlock(
      LeftOperand(pointer: q + row &* stride, row: stride, step: 1), rows: count,
      keys, columns: blocks &* lanes, depth: heads.width,
      Products(pointer: scores, row: padded, start: nil))
    for r in 0..<count {
      softmax(scores + r &* padded, valid: visible &+ r &+ 1, blocks: blocks, scale: heads.scale)
    }
    multiplyBlock(
      LeftOperand(pointer: Source(scores), row: padded, step: 1), rows: count,
      values, columns: heads.width, depth: visible &+ count,
      Products(pointer: out + row &* stride, row: stride, start: nil))
    row &+= count
  }
}

/// `e^{scale (s − max s)} / Σ` over the first `valid` scores; the rest of the blocks becomes 0.
func softmax(_ scores: Target, valid: Int, blocks: Int, scale: Float) {
  let end = blocks &* lanes
  let whole = valid / lanes &* lanes
  if whole < valid {
    let hidden = laneNumbers .>= SIMD16<Int32>(repeating: Int32(valid &- whole))
    store(load(scores + whole).replacing(with: -.infinity, where: hidden), scores + whole)
  }
  var top = Vector(repeating: -.infinity)
  var index = 0
  while index < valid {
    top = larger(top, load(scores + index))
    index &+= lanes
  }
  let shift = splat(-(maximum(top) * scale))
  var total = Vector.zero
  index = 0
  while index < valid {
    let score = load(scores + index)
    let weight = exponential(fused(score, splat(scale), shift))
      .replacing(with: Vector.zero, where: score .== splat(-.infinity))
    store(weight, scores + index)
    total += weight
    index &+= lanes
  }
  let inverse = splat(1 / sum(total))
  index = 0
  while index < valid {
    store(load(scores + index) * inverse, scores + index)
    index &+= lanes
  }
  while index < end {
    store(Vector.zero, scores + index)
    index &+= lanes
  }
}
