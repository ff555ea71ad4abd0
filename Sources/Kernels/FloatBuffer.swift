import Synchronization
import Vectors

/// A pooled block of floats, aligned to 64 bytes. Reused without zeroing: fill what you read.
///
/// The capacity is a multiple of 16, so elementwise kernels may run over the last vector's end.
public final class FloatBuffer: @unchecked Sendable {
  public let count: Int
  let pointer: Target
  private let panels = Mutex(PanelCache())

  private struct PanelCache {
    var transposed: PackedPanels?
    var plain: PackedPanels?
  }

  /// A buffer of unspecified contents.
  public init(count: Int) {
    self.count = count
    pointer = BufferPool.shared.take(BufferPool.capacity(for: count))
  }

  public convenience init(zeros count: Int) {
    self.init(count: count)
    clear()
  }

  public convenience init(_ values: [Float]) {
    self.init(count: values.count)
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: count) }
    }
  }

  deinit { BufferPool.shared.give(pointer, BufferPool.capacity(for: count)) }

  var source: Source { Source(pointer) }

  /// Whether both stand on the same memory.
  public func isSame(as other: FloatBuffer) -> Bool { pointer == other.pointer }

  public func clear() {
    forEachBlock(of: count, atLeast: 16_384) { range in
      pointer.advanced(by: range.lowerBound).update(repeating: 0, count: range.count)
    }
  }

  public func copy() -> FloatBuffer {
    let result = FloatBuffer(count: count)
    result.pointer.update(from: pointer, count: count)
    return result
  }

  /// Copies `count` elements from `offset` of `other` to `start` of this buffer.
  public func copy(_ count: Int, from other: FloatBuffer, at offset: Int, to start: Int) {
    pointer.advanced(by: start).update(from: other.pointer + offset, count: count)
  }

  public subscript(index: Int) -> Float {
    get { pointer[index] }
    set { pointer[index] = newValue }
  }

  public var values: [Float] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  /// The panels of this buffer as a matrix of `rows` × `columns`, packed once after each write.
  ///
  /// `transposed` panels multiply from the right as `Wᵀ` (a forward pass), plain ones as `W`.
  func packed(rows: Int, columns: Int, transposed: Bool) -> PackedPanels {
    panels.withLock { cache in
      let (depth, width) = transposed ? (columns, rows) : (rows, columns)
      if let ready = transposed ? cache.transposed : cache.plain,
        ready.depth == depth, ready.columns == width
      {
        return ready
      }
      let made = PackedPanels(source, rows: rows, columns: columns, transposed: transposed)
      if transposed { cache.transposed = made } else { cache.plain = made }
      return made
    }
  }

  /// To be called by whoever writes into a buffer that may have been packed.
  func dropPanels() { panels.withLock { $0 = PanelCache() } }
}

/// Blocks of memory by size, kept for the next operation: a step allocates nothing after the first.
private final class BufferPool: Sendable {
  static let shared = BufferPool()
  private let free = Mutex<[Int: [SendablePointer]]>([:])

  private struct SendablePointer: @unchecked Sendable { let pointer: Target }

  /// Sizes rise in steps of at most an eighth, so a block is seldom much too large.
  static func capacity(for count: Int) -> Int {
    let least = roundedUp(max(count, 1), to: lanes)
    guard least > 128 else { return least }
    let step = 1 << (Int.bitWidth - 1 - (least - 1).leadingZeroBitCount - 3)
    return roundedUp(least, to: max(step, lanes))
  }

  func take(_ capacity: Int) -> Target {
    if let block = free.withLock({ $0[capacity]?.popLast() }) { return block.pointer }
    let raw = UnsafeMutableRawPointer.allocate(byteCount: capacity * 4, alignment: 64)
    let pointer = raw.bindMemory(to: Float.self, capacity: capacity)
    pointer.initialize(repeating: 0, count: capacity)
    return pointer
  }

  func give(_ pointer: Target, _ capacity: Int) {
    free.withLock { $0[capacity, default: []].append(SendablePointer(pointer: pointer)) }
  }
}
