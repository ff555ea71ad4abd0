import Kernels

/// One sequence's keys and values, in blocks of 16 positions. A copy shares them: the completions
/// of a prompt store it once, and a block is copied when a sharer writes into it.
public struct KVCache: Sendable {
  /// Positions stored so far, in every layer.
  public private(set) var length = 0
  private var layers: [[FloatBuffer]]

  public init(layers: Int) { self.layers = Array(repeating: [], count: layers) }

  func blocks(_ layer: Int) -> [FloatBuffer] { layers[layer] }

  mutating func append(
    _ k: FloatBuffer, _ v: FloatBuffer, rows: Range<Int>, at first: Int, layer: Int,
    _ heads: AttentionHeads
  ) {
    precondition(
      first == (layer == 0 ? length : length - rows.count),
      "KVCache: rows at \(first) do not continue \(length) positions")
    for (offset, row) in rows.enumerated() {
      let position = first + offset
      let block = position / 16
      if block == layers[layer].count {
        layers[layer].append(Attention.makeBlock(heads))
      } else if !isKnownUniquelyReferenced(&layers[layer][block]) {
        layers[layer][block] = layers[layer][block].copy()
      }
      Attention.append(
        row: row, of: k, v, position: position, heads: heads, to: layers[layer][block])
    }
    if layer == 0 { length = first + rows.count }
  }
}
