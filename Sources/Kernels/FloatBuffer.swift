import Foundation
import Synchronization
import Vectors

/// A pooled block of floats, aligned to 64 bytes. Reused without zeroing: fill what you read.
///
/// The capacity is a multiple of 16, so elementwise kernels may run over the last vector's end.
public final class FloatBuffer: @unchecked Sendable {
  public let count: Int
  let pointer: Target
  private let panels = Mutex<PackedPanels?>(nil)

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

  /// The panels of this buffer's transpose as a matrix of `rows` × `columns`, packed once after each
  /// write: they multiply from the right as `Wᵀ`.
  func packedTransposed(rows: Int, columns: Int) -> PackedPanels {
    panels.withLock { cached in
      if let cached, cached.depth == columns, cached.columns == rows { return cached }
      let made = PackedPanels(transposeOf: source, rows: rows, columns: columns)
      cached = made
      return made
    }
  }

  /// To be called by whoever writes into a buffer that may have been packed.
  func dropPanels() { panels.withLock { $0 = nil } }
}

/// Blocks of memory by size, kept for the next operation: a step allocates nothing after the first.
private final class BufferPool: Sendable {
  static let shared = BufferPool()
  private let blocks = Mutex(Blocks())

  private struct Blocks: @unchecked Sendable {
    var free: [Int: [Target]] = [:]
    /// Where the next new block is cut from.
    var slab = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
  }

  /// Bytes that one entry of the address cache may stand for.
  private static let hugePage = 2 << 20

  /// Sizes rise in steps of at most an eighth, so a block is seldom much too large.
  static func capacity(for count: Int) -> Int {
    let least = roundedUp(max(count, 1), to: lanes)
    guard least > 128 else { return least }
    let step = 1 << (Int.bitWidth - 1 - (least - 1).leadingZeroBitCount - 3)
    return roundedUp(least, to: max(step, lanes))
  }

  func take(_ capacity: Int) -> Target {
    blocks.withLock { blocks in
      if let block = blocks.free[capacity]?.popLast() { return block }
      if blocks.slab.count < capacity { blocks.slab = Self.slab(atLeast: capacity) }
      guard let block = blocks.slab.baseAddress else { fatalError("an empty slab") }
      blocks.slab = blocks.slab.extracting(capacity...)
      return block
    }
  }

  func give(_ pointer: Target, _ capacity: Int) {
    blocks.withLock { $0.free[capacity, default: []].append(pointer) }
  }

  /// Zeros on huge pages: kernels step through matrices row by row, and with pages of 4 kB they wait
  /// for addresses.
  private static func slab(atLeast count: Int) -> UnsafeMutableBufferPointer<Float> {
    let bytes = max(4 * hugePage, roundedUp(count * 4, to: hugePage))
    let raw = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: hugePage)
    #if os(Linux)
      madvise(raw.baseAddress, bytes, MADV_HUGEPAGE)
    #endif
    let slab = raw.bindMemory(to: Float.self)
    slab.initialize(repeating: 0)
    return slab
  }
}
