import Kernels

extension Tensor {
  /// Causal attention with rotary positions: keys and values `[N, K·w]`, queries `[N, H·w]`, or
  /// as many rows as the layout has queries.
  ///
  /// With caches, segment `s` continues the sequence in `caches[s]`, to whose `layer` its rows are
  /// appended; nothing is recorded then, since decoding has no gradient. Both give the same bits.
  public static func attention(
    queries: Tensor, keys: Tensor, values: Tensor, layout: PackedLayout, rotary: RotaryTable,
    layer: Int, caches: inout [KVCache]?
  ) -> Tensor {
    if var sequences = caches {
      caches = nil  // so that the blocks are written in place
      defer { caches = sequences }
      return cachedAttention(
        queries: queries, keys: keys, values: values, layout: layout, rotary: rotary, layer: layer,
        caches: &sequences)
    }
    return packedAttention(
      queries: queries, keys: keys, values: values, layout: layout, rotary: rotary)
  }

  private static func packedAttention(
    queries: Tensor, keys: Tensor, values: Tensor, layout: PackedLayout, rotary: RotaryTable
  ) -> Tensor {
    let heads = checkedHeads(queries, keys, values, layout, rotary)
    let q = rotary.rotated(queries.buffer, layout.queryPositions, heads: heads.queries)
    let k = rotary.rotated(keys.buffer, layout.positions, heads: heads.keys)
    let out = FloatBuffer(count: queries.count)
    let probabilities = FloatBuffer(count: layout.attention.probabilityCount(heads))
    Attention.forward(
      q, k, values.buffer, layout: layout.attention, heads: heads, into: out,
      probabilities: probabilities)
    return .recorded(.attention, queries.shape, out, inputs: [queries, keys, values]) { upstream in
      let dq = FloatBuffer(count: q.count)
      let dk = FloatBuffer(zeros: k.count)
      let dv = values.node?.sum() ?? FloatBuffer(zeros: k.count)
      Attention.backward(
        upstream, out: out, q: q, k: k, v: values.buffer, probabilities: probabilities,
        layout: layout.attention, heads: heads, intoQueries: dq, intoKeys: dk, intoValues: dv)
      for (node, gradient, positions, count) in [
        (queries.node, dq, layout.queryPositions, heads.queries),
        (keys.node, dk, layout.positions, heads.keys),
      ] {
        guard let node else { continue }
        let (sum, accumulate) = node.next()
        rotary.rotateBack(
          gradient, positions, heads: count, into: sum, accumulate: accumulate)
      }
    }
  }

  private static func cachedAttention(
    queries: Tensor, keys: Tensor, values: Tensor, layout: PackedLayout, rotary: RotaryTable,
    layer: Int, caches: inout [KVCache]
  ) -> Tensor {
    let heads = checkedHeads(queries, keys, values, layout, rotary)
    precondition(
      caches.count == layout.attention.segments.count,
      "attention: \(caches.count) caches for \(layout.attention.segments.count) segments")
    let q = rotary.rotated(queries.buffer, layout.queryPositions, heads: heads.queries)
    let k = rotary.rotated(keys.buffer, layout.positions, heads: heads.keys)
    if layer == 0 {
      var new: [CacheBlock] = []
      for (index, segment) in layout.attention.segments.enumerated() {
        caches[index].makeRoom(for: segment.rows.count, heads, &new)
      }
      CacheBlock.fill(new)
    }
    for (cache, segment) in zip(caches, layout.attention.segments) {
      precondition(
        segment.parent == nil && cache.length == segment.firstPosition + segment.rows.count,
        "attention: rows at \(segment.firstPosition) do not continue their cache")
    }
    let out = FloatBuffer(count: queries.count)
    Attention.forward(
      q, k, values.buffer, blocks: caches.map(\.blocks), layer: layer,
      layout: layout.attention, heads: heads, into: out)
    return Tensor(queries.shape, out)
  }

  private static func checkedHeads(
    _ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ layout: PackedLayout,
    _ rotary: RotaryTable
  ) -> AttentionHeads {
    let width = rotary.width
    precondition(
      queries.shape.rank == 2 && keys.shape == values.shape
        && queries.shape[0] == layout.queryPositions.count && keys.shape[0] == layout.rows
        && queries.shape[1] % keys.shape[1] == 0 && keys.shape[1] % width == 0,
      "attention: \(queries.shape), \(keys.shape), \(values.shape) with heads of \(width)")
    precondition(
      layout.positions.allSatisfy { $0 < rotary.positions },
      "attention: a position is not below \(rotary.positions)")
    return AttentionHeads(
      queries: queries.shape[1] / width, keys: keys.shape[1] / width, width: width)
  }
}
