import Vectors

/// A new block of 16 cached positions, and the shared one that it replaces.
public struct CacheBlock {
  public let buffer: FloatBuffer
  private let origin: FloatBuffer?

  /// A block for all layers, to be filled.
  public init(_ heads: AttentionHeads, layers: Int, replacing origin: FloatBuffer? = nil) {
    buffer = FloatBuffer(count: layers * heads.cachedBlock)
    self.origin = origin
  }

  /// Copies what the blocks replace, and zeroes the others, on all threads.
  public static func fill(_ blocks: [CacheBlock]) {
    forEachBlock(of: blocks.count, atLeast: 1) { range in
      for index in range {
        let (buffer, origin) = (blocks[index].buffer, blocks[index].origin)
        if let origin {
          buffer.copy(buffer.count, from: origin, at: 0, to: 0)
        } else {
          buffer.clear()
        }
      }
    }
  }
}
