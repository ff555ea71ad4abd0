import Vectors

extension Attention {
  /// Adds the gradients by rotated queries, rotated keys and values.
  ///
  /// `dV = Pᵀ dO`, `dS = P ∘ (dO Vᵀ − rowsum(dO ∘ O)) / √width`, `dQ = dS K`, `dK = dSᵀ Q`. A tree of
  /// segments is one task, so the sums over rows that share keys keep their order.
  public static func backward(
    _ dOut: FloatBuffer, out: FloatBuffer, q: FloatBuffer, k: FloatBuffer, v: FloatBuffer,
    probabilities: FloatBuffer, layout: AttentionLayout, heads: AttentionHeads,
    intoQueries dq: FloatBuffer, intoKeys dk: FloatBuffer, intoValues dv: FloatBuffer
  ) {
    let tasks = layout.trees.count * heads.keys
    forEachBlock(of: tasks, atLeast: tasks * 5 / layout.work(heads) / heads.keys + 1) { range in
      for task in range {
        let (tree, keyHead) = (task / heads.keys, task % heads.keys)
        for index in layout.trees[tree] {
          let pass = BackwardPass(
            dOut: dOut, out: out, q: q, probabilities: probabilities, dq: dq, dk: dk, dv: dv,
            layout: layout, heads: heads, index: index, keyHead: keyHead)
          pass.run(k, v)
        }
      }
    }
  }
}

/// One segment and one key head.
private struct BackwardPass {
  let dOut, out, q, probabilities, dq, dk, dv: FloatBuffer
  let layout: AttentionLayout
  let heads: AttentionHeads
  let index, keyHead: Int

  private var segment: AttentionLayout.Segment { layout.segments[index] }

  func run(_ k: FloatBuffer, _ v: FloatBuffer) {
    let segment = segment
    let rows = segment.rows.count
    let padded = segment.paddedContext
    let panels = (heads.width + lanes - 1) / lanes * rows * lanes
    let scratch = FloatBuffer(
      count: segment.blocks * (heads.keyBlock + heads.valueBlock) + rows * padded + panels)
    let valueBlocks = scratch.pointer
    let keyBlocks = valueBlocks + segment.blocks * heads.keyBlock
    let dScores = keyBlocks + segment.blocks * heads.valueBlock
    let rowPanels = dScores + rows * padded
    gatherTransposed(v, segment, head: keyHead, heads: heads, into: valueBlocks)
    gatherPlain(k, segment, head: keyHead, heads: heads, into: keyBlocks)
    for member in 0..<heads.queriesPerKey {
      let head = keyHead * heads.queriesPerKey + member
      let at = segment.rows.lowerBound * heads.queryStride + head * heads.width
      let p = probabilities.source + layout.probabilities(index, head: head, heads: heads)
      scoreGradients(p, at, valueBlocks, keyBlocks, dScores)
      let stride = heads.queryStride
      pack(q.source + at, stride: stride, columns: heads.width, depth: rows, into: rowPanels)
      addContextGradient(Source(dScores), rowPanels, to: dk)
      pack(dOut.source + at, stride: stride, columns: heads.width, depth: rows, into: rowPanels)
      addContextGradient(p, rowPanels, to: dv)
    }
  }

  /// `dS`, and `dQ += dS K`.
  private func scoreGradients(
    _ p: Source, _ at: Int, _ valueBlocks: Target, _ keyBlocks: Target, _ dScores: Target
  ) {
    let segment = segment
    let (stride, padded) = (heads.queryStride, segment.paddedContext)
    var row = 0
    while row < segment.rows.count {
      let count = min(attentionTile, segment.rows.count - row)
      let blocks = (segment.firstPosition + row + count + lanes - 1) / lanes
      let scores = dScores + row * padded
      let upstream = dOut.source + at + row * stride
      multiplyBlock(
        LeftOperand(pointer: upstream, row: stride, step: 1), rows: count, valueBlocks,
        panelStride: heads.keyBlock, columns: blocks * lanes, depth: heads.width, scores,
        stride: padded, accumulate: false)
      for r in 0..<count {
        let offset = at + (row + r) * stride
        var products = Vector.zero
        forEachColumn(heads.width) { column, width in
          products = fused(
            load(out.source + offset + column, first: width),
            load(dOut.source + offset + column, first: width), products)
        }
        let mean = splat(sum(products))
        let scale = splat(heads.scale)
        for block in 0..<blocks {
          let column = r * padded + block * lanes
          let weight = load(p + row * padded + column)
          store(weight * (load(scores + column) - mean) * scale, scores + column)
        }
      }
      for block in 0..<blocks {
        multiplyBlock(
          LeftOperand(pointer: Source(scores) + block * lanes, row: padded, step: 1), rows: count,
          keyBlocks + block * heads.valueBlock, panelStride: lanes * lanes, columns: heads.width,
          depth: lanes, dq.pointer + at + row * stride, stride: stride, accumulate: true)
      }
      row += count
    }
  }

  /// `target[context rows] += weightsᵀ · rows`: rows before a tile of positions cannot see it.
  private func addContextGradient(_ weights: Source, _ rowPanels: Target, to target: FloatBuffer) {
    let segment = segment
    let rows = segment.rows.count
    let padded = segment.paddedContext
    forEachContextRun(segment) { first, run in
      var offset = 0
      while offset < run.count {
        let position = first + offset
        // A tile of weights is defined up to the end of its last block, never beyond.
        let count = min(attentionTile, run.count - offset, lanes - position % lanes)
        let firstRow = max(0, position - segment.firstPosition)
        let to = (run.lowerBound + offset) * heads.keyStride + keyHead * heads.width
        multiplyBlock(
          LeftOperand(pointer: weights + (firstRow * padded + position), row: 1, step: padded),
          rows: count, rowPanels + firstRow * lanes, panelStride: rows * lanes,
          columns: heads.width, depth: rows - firstRow, target.pointer + to,
          stride: heads.keyStride, accumulate: true)
        offset += count
      }
    }
  }
}
