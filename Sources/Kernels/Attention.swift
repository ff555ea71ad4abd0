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
      for pair in range {
        let (index, keyHead) = (pair / heads.keys, pair % heads.keys)
        let segment = layout.segments[index]
        let scratch = FloatBuffer(count: segment.blocks * (heads.keyBlock + heads.valueBlock))
        let context = gatherContext(segment, keyHead, k, v, heads, into: scratch)
        for member in 0..<heads.queriesPerKey {
          let head = keyHead &* heads.queriesPerKey &+ member
          let at = segment.rows.lowerBound &* heads.queryStride &+ head &* heads.width
          attend(
            q.source + at, stride: heads.queryStride, rows: segment.rows.count,
            firstPosition: segment.firstPosition, context, heads,
            probabilities.pointer + layout.probabilities(index, head: head, heads: heads),
            segment.paddedContext, into: out.pointer + at)
        }
      }
    }
  }

  /// The same from cached blocks: `blocks[s]` are segment `s`'s positions, 16 to a block.
  public static func forward(
    _ q: FloatBuffer, blocks: [[FloatBuffer]], layout: AttentionLayout, heads: AttentionHeads,
    into out: FloatBuffer
  ) {
    let pairs = layout.segments.count * heads.keys
    forEachBlock(of: pairs, atLeast: pairs * 10 / layout.work(heads) / heads.keys + 1) { range in
      for pair in range {
        let (index, keyHead) = (pair / heads.keys, pair % heads.keys)
        let segment = layout.segments[index]
        let scratch = FloatBuffer(count: segment.rows.count * segment.paddedContext)
        let valueStart = heads.keys &* heads.keyBlock &+ keyHead &* heads.valueBlock
        let context = ContextBlocks(
          keys: blocks[index].map { $0.source + keyHead &* heads.keyBlock },
          values: blocks[index].map { $0.source + valueStart })
        for member in 0..<heads.queriesPerKey {
          let head = keyHead &* heads.queriesPerKey &+ member
          let at = segment.rows.lowerBound &* heads.queryStride &+ head &* heads.width
          attend(
            q.source + at, stride: heads.queryStride, rows: segment.rows.count,
            firstPosition: segment.firstPosition, context, heads, scratch.pointer,
            segment.paddedContext, into: out.pointer + at)
        }
      }
    }
  }

  /// A zeroed block of 16 cached positions of one layer.
  public static func makeBlock(_ heads: AttentionHeads) -> FloatBuffer {
    FloatBuffer(zeros: heads.keys * (heads.keyBlock + heads.valueBlock))
  }

  /// Writes row `row` of keys and values as position `position` (mod 16) of a block.
  public static func append(
    row: Int, of k: FloatBuffer, _ v: FloatBuffer, position: Int, heads: AttentionHeads,
    to block: FloatBuffer
  ) {
    let lane = position % lanes
    for head in 0..<heads.keys {
      let at = row &* heads.keyStride &+ head &* heads.width
      let keys = block.pointer + head &* heads.keyBlock
      let values = block.pointer + (heads.keys &* heads.keyBlock &+ head &* heads.valueBlock)
      for i in 0..<heads.width {
        keys[i &* lanes &+ lane] = k.pointer[at &+ i]
        values[i / lanes &* (lanes &* lanes) &+ lane &* lanes &+ i % lanes] = v.pointer[at &+ i]
      }
    }
  }
}

/// Where the keys and values of each 16 positions stand.
struct ContextBlocks {
  var keys: [Source]
  var values: [Source]
}

/// Rows of `matrix` (one head of it) at the positions of a segment's context.
func forEachContextRun(
  _ segment: AttentionLayout.Segment, _ body: (_ position: Int, _ rows: Range<Int>) -> Void
) {
  var position = 0
  for rows in segment.ancestors {
    body(position, rows)
    position &+= rows.count
  }
  body(position, segment.rows)
}

/// Blocks `[width][16]` of one head's rows over a segment's context: its transpose in panels.
func gatherTransposed(
  _ matrix: FloatBuffer, _ segment: AttentionLayout.Segment, head: Int, heads: AttentionHeads,
  into blocks: Target
) {
  clearLastBlock(blocks, segment, size: heads.keyBlock)
  forEachContextRun(segment) { first, rows in
    var position = first
    for row in rows {
      let source = matrix.source + (row &* heads.keyStride &+ head &* heads.width)
      var target = blocks + (position / lanes &* heads.keyBlock &+ position % lanes)
      for i in 0..<heads.width {
        target.pointee = source[i]
        target += lanes
      }
      position &+= 1
    }
  }
}

/// Blocks of panels `[16][16]` of one head's rows over a segment's context.
func gatherPlain(
  _ matrix: FloatBuffer, _ segment: AttentionLayout.Segment, head: Int, heads: AttentionHeads,
  into blocks: Target
) {
  clearLastBlock(blocks, segment, size: heads.valueBlock)
  forEachContextRun(segment) { first, rows in
    var position = first
    for row in rows {
      let source = matrix.source + (row &* heads.keyStride &+ head &* heads.width)
      var target = blocks + (position / lanes &* heads.valueBlock &+ position % lanes &* lanes)
      forEachColumn(heads.width) { column, count in
        store(load(source + column, first: count), target)
        target += lanes &* lanes
      }
      position &+= 1
    }
  }
}

/// A reused buffer may hold anything, and zero times that may be NaN.
private func clearLastBlock(_ blocks: Target, _ segment: AttentionLayout.Segment, size: Int) {
  guard segment.context % lanes != 0 else { return }
  (blocks + (segment.blocks &- 1) &* size).update(repeating: 0, count: size)
}

private func gatherContext(
  _ segment: AttentionLayout.Segment, _ head: Int, _ k: FloatBuffer, _ v: FloatBuffer,
  _ heads: AttentionHeads, into scratch: FloatBuffer
) -> ContextBlocks {
  let values = scratch.pointer + segment.blocks &* heads.keyBlock
  gatherTransposed(k, segment, head: head, heads: heads, into: scratch.pointer)
  gatherPlain(v, segment, head: head, heads: heads, into: values)
  return ContextBlocks(
    keys: (0..<segment.blocks).map { scratch.source + $0 &* heads.keyBlock },
    values: (0..<segment.blocks).map { Source(values) + $0 &* heads.valueBlock })
}

/// Rows that share a register tile, and so a limit of the keys they may see.
let attentionTile = 12

private func attend(
  _ q: Source, stride: Int, rows: Int, firstPosition: Int, _ context: ContextBlocks,
  _ heads: AttentionHeads, _ probabilities: Target, _ padded: Int, into out: Target
) {
  var row = 0
  while row < rows {
    let count = min(attentionTile, rows &- row)
    let blocks = (firstPosition &+ row &+ count &+ lanes &- 1) / lanes
    let scores = probabilities + row &* padded
    let queries = LeftOperand(pointer: q + row &* stride, row: stride, step: 1)
    for block in 0..<blocks {
      multiplyBlock(
        queries, rows: count, context.keys[block], panelStride: heads.keyBlock, columns: lanes,
        depth: heads.width, scores + block &* lanes, stride: padded, accumulate: false)
    }
    for r in 0..<count {
      softmax(
        scores + r &* padded, valid: firstPosition &+ row &+ r &+ 1, blocks: blocks,
        scale: heads.scale)
    }
    for block in 0..<blocks {
      multiplyBlock(
        LeftOperand(pointer: Source(scores) + block &* lanes, row: padded, step: 1), rows: count,
        context.values[block], panelStride: lanes &* lanes, columns: heads.width, depth: lanes,
        out + row &* stride, stride: stride, accumulate: block > 0)
    }
    row &+= count
  }
}

/// `e^{scale (s − max s)} / Σ` over the first `valid` scores; the rest of the blocks becomes 0.
private func softmax(_ scores: Target, valid: Int, blocks: Int, scale: Float) {
  let end = blocks &* lanes
  let whole = valid / lanes &* lanes
  if whole < end {
    store(
      load(Source(scores) + whole, first: max(0, valid &- whole), fill: -.infinity), scores + whole)
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
