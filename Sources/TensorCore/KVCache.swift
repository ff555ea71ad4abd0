import Kernels

/// One sequence's keys and values, in blocks of 16 positions. A copy shares them: the completions
/// of a prompt store it once, and a block is copied when a sharer writes into it.
public struct KVCache: Sendable {
  /// Positions stored so far, in every layer.
  public private(set) var length = 0
  private var layers: [[FloatBuffer]]

  public init(layers: Int) { self.layers = Array(repeating: [], count: layers) }

  /// Makes room in `layer` for `count` positions from `first` on, in blocks shared with nobody.
  mutating func blocks(
    _ layer: Int, roomFor count: Int, at first: Int, _ heads: AttentionHeads
  ) -> [FloatBuffer] {
    precondition(
      first == (layer == 0 ? length : length - count),
      "KVCache: rows at \(first) do not continue \(length) positions")
    for block in first / 16..<(first + count + 15) / 16 {
      if block == layers[layer].count {
        layers[layer].append(Attention.makeBlock(heads))
      } else if !isKnownUniquelyReferenced(&layers[layer][block]) {
        layers[layer][block] = layers[layer][block].copy()
      }
    }
    if layer == 0 { length = first + count }
    return layers[layer]
  }
}
