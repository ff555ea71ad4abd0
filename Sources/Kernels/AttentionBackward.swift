import Vectors

extension Attention {
  /// Writes the gradients by rotated queries, and adds those by rotated keys and by values.
  ///
  /// `dV = Pᵀ dO`, `dS = P ∘ (dO Vᵀ − rowsum(dO ∘ O)) / √width`, `dQ = dS K`, `dK = dSᵀ Q`. A tree of
  /// segments is one task, so the sums over rows that share keys keep their order.
  public static func backward(
    _ dOut: FloatBuffer, out: FloatBuffer, q: FloatBuffer, k: FloatBuffer, v: FloatBuffer,
    probabilities: FloatBuffer, layout: AttentionLayout, heads: AttentionHeads,
    intoQueries dq: FloatBuffer, intoKeys dk: FloatBuffer, intoValues dv: FloatBuffer
  ) {
    let operands = BackwardOperands(
      dOut: dOut.source, out: out.source, q: q.source, k: k.source, v: v.source,
      probabilities: probabilities.source, dq: dq.pointer, dk: dk.pointer, dv: dv.pointer)
    let tasks = layout.roots.count * heads.keys
    forEachBlock(of: tasks, atLeast: tasks * 5 / layout.work(heads) / heads.keys + 1) { range in
      let scratch = FloatBuffer(
        count: layout.mostBlocks * (heads.keyBlock + heads.valueBlock) + layout.mostScores)
      for task in range {
        var next: Int? = layout.roots[task / heads.keys]
        while let index = next {
          let pass = BackwardPass(
            operands: operands, layout: layout, heads: heads, index: index,
            keyHead: task % heads.keys)
          pass.run(scratch.pointer)
          next = layout.nextInTree[index]
        }
      }
    }
  }
}

private struct BackwardOperands {
  let dOut, out, q, k, v, probabilities: Source
  let dq, dk, dv: Target
}

/// One segment and one key head.
private struct BackwardPass {
  let operands: BackwardOperands
  let layout: AttentionLayout
  let heads: AttentionHeads
  let index, keyHead: Int

  private var segment: AttentionLayout.Segment { layout.segments[index] }

  func run(_ scratch: Target) {
    let segment = segment
    if segment.queries.isEmpty { return }
    let context = Context(scratch, segment, heads)
    let dScores = scratch + segment.blocks &* (heads.keyBlock &+ heads.valueBlock)
    context.gatherTransposed(operands.v, layout, index, keyHead)
    let keys = context.acrossWidth(operands.k, layout, index, keyHead)
    for member in 0..<heads.queriesPerKey {
      let head = keyHead &* heads.queriesPerKey &+ member
      let at = segment.queries.lowerBound &* heads.queryStride &+ head &* heads.width
      let p = operands.probabilities + layout.probabilities(index, head: head, heads: heads)
      scoreGradients(p, at, context, keys, dScores)
      addContextGradient(Source(dScores), operands.q + at, to: operands.dk)
      addContextGradient(p, operands.dOut + at, to: operands.dv)
    }
  }

  /// `dS`, and `dQ = dS K`.
  private func scoreGradients(
    _ p: Source, _ at: Int, _ context: Context, _ keys: RightOperand, _ dScores: Target
  ) {
    let segment = segment
    let (stride, padded) = (heads.queryStride, segment.paddedContext)
    var row = 0
    while row < segment.queries.count {
      let count = min(attentionTile, segment.queries.count &- row)
      let visible = segment.firstQueryPosition &+ row &+ count
      let blocks = (visible &+ lanes &- 1) / lanes
      let scores = dScores + row &* padded
      let first = at &+ row &* stride
      multiplyBlock(
        LeftOperand(pointer: operands.dOut + first, row: stride, step: 1), rows: count,
        context.acrossPositions, columns: blocks &* lanes, depth: heads.width,
        Products(pointer: scores, row: padded, start: nil))
      for r in 0..<count {
        centre(
          scores + r &* padded, p + (row &+ r) &* padded, blocks: blocks, at: first &+ r &* stride)
      }
      multiplyBlock(
        LeftOperand(pointer: Source(scores), row: padded, step: 1), rows: count,
        keys, columns: heads.width, depth: visible,
        Products(pointer: operands.dq + first, row: stride, start: nil))
      row &+= count
    }
  }

  /// `p ∘ (s − dO · O) / √width` of one row, whose output begins at `offset`.
  private func centre(_ scores: Target, _ p: Source, blocks: Int, at offset: Int) {
    var products = Vector.zero
    forEachColumn(heads.width) { column, width in
      products = fused(
        load(operands.out + (offset &+ column), first: width),
        load(operands.dOut + (offset &+ column), first: width), products)
    }
    let mean = splat(sum(products))
    let scale = splat(heads.scale)
    for block in 0..<blocks {
      let column = block &* lanes
      store(load(p + column) * (load(scores + column) - mean) * scale, scores + column)
    }
  }

  /// `target[context rows] += weightsᵀ · rows`: rows before a tile of positions cannot see it.
  private func addContextGradient(_ weights: Source, _ rows: Source, to target: Target) {
    let segment = segment
    let queries = RightOperand(rows: rows, width: heads.queryStride)
    let padded = segment.paddedContext
    let visible = segment.firstQueryPosition &+ segment.queries.count
    var position = 0
    while position < visible {
      let row = layout.row(index, at: position)
      // A tile of weights is defined up to the end of its last block, never beyond.
      let limit = min(attentionTile, visible &- position, lanes &- position % lanes)
      var count = 1
      while count < limit && layout.row(index, at: position &+ count) == row &+ count {
        count &+= 1
      }
      let firstRow = max(0, position &- segment.firstQueryPosition)
      let sums = target + (row &* heads.keyStride &+ keyHead &* heads.width)
      multiplyBlock(
        LeftOperand(pointer: weights + (firstRow &* padded &+ position), row: 1, step: padded),
        rows: count,
        queries.advanced(depth: firstRow), columns: heads.width,
        depth: segment.queries.count &- firstRow,
        Products(pointer: sums, row: heads.keyStride, start: Source(sums)))
      position &+= count
    }
  }
}
