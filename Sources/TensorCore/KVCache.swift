import Kernels

/// One sequence's keys and values, in blocks of 16 positions. A copy shares them: the completions
/// of a prompt store it once, and a block is copied when a sharer writes into it.
public struct KVCache: Sendable {
  /// Positions stored so far, in every layer.
  public private(set) var length = 0
  private let layers: Int
  /// Each holds all layers.
  private(set) var blocks: [FloatBuffer] = []

  public init(layers: Int) { self.layers = layers }

  /// Makes room for `count` more positions, in blocks shared with nobody; `new` ones are to be filled.
  mutating func makeRoom(for count: Int, _ heads: AttentionHeads, _ new: inout [CacheBlock]) {
    for index in length / 16..<(length + count + 15) / 16 {
      if index == blocks.count {
        new.append(CacheBlock(heads, layers: layers))
        blocks.append(new[new.count - 1].buffer)
      } else if !isKnownUniquelyReferenced(&blocks[index]) {
        new.append(CacheBlock(heads, layers: layers, replacing: blocks[index]))
        blocks[index] = new[new.count - 1].buffer
      }
    }
    length += count
  }
}
