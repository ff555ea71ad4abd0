import Vectors

/// Query heads share key and value heads in groups (Ainslie et al., 2023); `width` is a head's size.
public struct AttentionHeads: Sendable {
  public var queries, keys, width: Int

  public init(queries: Int, keys: Int, width: Int) {
    (self.queries, self.keys, self.width) = (queries, keys, width)
  }

  var queriesPerKey: Int { queries / keys }
  var queryStride: Int { queries &* width }
  var keyStride: Int { keys &* width }
  /// Floats of 16 positions of one head: keys `[width][16]`, values in panels of `[16][16]`.
  var keyBlock: Int { width &* lanes }
  var valueBlock: Int { (width &+ lanes &- 1) / lanes &* lanes &* lanes }
  var scale: Float { 1 / Float(width).squareRoot() }
}

/// Where the packed sequences lie: each segment's rows, and the rows of the segments it continues.
public struct AttentionLayout: Sendable {
  public struct Segment: Sendable {
    public var rows: Range<Int>
    public var firstPosition: Int
    /// Rows of position 0, 1, … up to `firstPosition`; empty for a segment of its own.
    public var ancestors: [Range<Int>]

    public init(rows: Range<Int>, firstPosition: Int, ancestors: [Range<Int>]) {
      (self.rows, self.firstPosition, self.ancestors) = (rows, firstPosition, ancestors)
    }

    var context: Int { firstPosition &+ rows.count }
    var blocks: Int { (context &+ lanes &- 1) / lanes }
    var paddedContext: Int { blocks &* lanes }
  }

  public let segments: [Segment]
  /// Segments that share rows, parents first: their key gradients are added in this order.
  public let trees: [[Int]]
  /// Where each segment's probabilities `[queries][rows][padded context]` begin, per query head.
  let probabilityOffsets: [Int]
  let probabilitiesPerHead: Int

  public init(segments: [Segment], trees: [[Int]]) {
    self.segments = segments
    self.trees = trees
    var offsets: [Int] = []
    var total = 0
    for segment in segments {
      offsets.append(total)
      total += segment.rows.count * segment.paddedContext
    }
    probabilityOffsets = offsets
    probabilitiesPerHead = total
  }

  public func probabilityCount(_ heads: AttentionHeads) -> Int {
    probabilitiesPerHead * heads.queries
  }

  /// The probabilities of a segment's query head.
  func probabilities(_ segment: Int, head: Int, heads: AttentionHeads) -> Int {
    probabilityOffsets[segment] &* heads.queries
      &+ head &* segments[segment].rows.count &* segments[segment].paddedContext
  }

  /// About a microsecond of arithmetic for each unit, to size chunks by.
  func work(_ heads: AttentionHeads) -> Int {
    probabilitiesPerHead &* heads.queriesPerKey &* heads.width / 25_000 + 1
  }
}
