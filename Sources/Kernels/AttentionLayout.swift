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
  var panels: Int { (width &+ lanes &- 1) / lanes }
  /// Floats of 16 positions of one head: keys `[width][16]`, values in panels of `[16][16]`.
  var keyBlock: Int { width &* lanes }
  var valueBlock: Int { panels &* lanes &* lanes }
  /// Floats of 16 cached positions of one layer.
  var cachedBlock: Int { keys &* (keyBlock &+ valueBlock) }
  var scale: Float { 1 / Float(width).squareRoot() }
}

/// Where the packed sequences lie: each segment's rows, and the rows of the segments it continues.
public struct AttentionLayout: Sendable {
  public struct Segment: Sendable {
    /// Of the keys and values.
    public var rows: Range<Int>
    public var firstPosition: Int
    /// The earlier segment that this one continues; a cached segment has none.
    public var parent: Int?
    /// Rows of the queries and the output: those of consecutive rows of the segment.
    public var queries: Range<Int>
    public var firstQueryPosition: Int

    /// All rows attend, and stand among the queries where they stand among the keys.
    public init(rows: Range<Int>, firstPosition: Int, parent: Int?) {
      self.init(
        rows: rows, firstPosition: firstPosition, parent: parent, queries: rows,
        firstQueryPosition: firstPosition)
    }

    public init(
      rows: Range<Int>, firstPosition: Int, parent: Int?, queries: Range<Int>,
      firstQueryPosition: Int
    ) {
      (self.rows, self.firstPosition, self.parent) = (rows, firstPosition, parent)
      (self.queries, self.firstQueryPosition) = (queries, firstQueryPosition)
    }

    var context: Int { firstPosition &+ rows.count }
    var blocks: Int { (context &+ lanes &- 1) / lanes }
    var paddedContext: Int { blocks &* lanes }
    /// Of one head.
    var scores: Int { queries.count &* paddedContext }
  }

  public let segments: [Segment]
  /// Segments that share rows are a tree: its first one, and for each segment the next of its tree.
  /// Key gradients are added in this order.
  let roots: [Int]
  let nextInTree: [Int?]
  /// The packed row of each position of a segment's context, its ancestors' first.
  private let contextRows: [Int]
  private let contextStarts: [Int]
  /// Where each segment's probabilities `[heads][queries][padded context]` begin, per query head.
  private let probabilityStarts: [Int]
  private let probabilitiesPerHead: Int
  /// The largest of any segment, to size scratch memory by.
  let mostBlocks, mostScores: Int

  public init(segments: [Segment]) {
    var (roots, lastOfTree, tree): ([Int], [Int], [Int]) = ([], [], [])
    var nextInTree = [Int?](repeating: nil, count: segments.count)
    var (rows, starts): ([Int], [Int]) = ([], [0])
    var probabilities = [0]
    for (index, segment) in segments.enumerated() {
      if let parent = segment.parent {
        tree.append(tree[parent])
        nextInTree[lastOfTree[tree[index]]] = index
        lastOfTree[tree[index]] = index
        for place in starts[parent]..<starts[parent + 1] { rows.append(rows[place]) }
      } else {
        tree.append(roots.count)
        roots.append(index)
        lastOfTree.append(index)
      }
      rows.append(contentsOf: segment.rows)
      starts.append(rows.count)
      probabilities.append(probabilities[index] + segment.scores)
    }
    self.segments = segments
    (self.roots, self.nextInTree) = (roots, nextInTree)
    (contextRows, contextStarts) = (rows, starts)
    probabilityStarts = probabilities
    probabilitiesPerHead = probabilities[segments.count]
    mostBlocks = segments.reduce(0) { max($0, $1.blocks) }
    mostScores = segments.reduce(0) { max($0, $1.scores) }
  }

  public func probabilityCount(_ heads: AttentionHeads) -> Int {
    probabilitiesPerHead * heads.queries
  }

  /// The probabilities of a segment's query head.
  @inline(always) func probabilities(_ segment: Int, head: Int, heads: AttentionHeads) -> Int {
    probabilityStarts[segment] &* heads.queries
      &+ head &* segments[segment].scores
  }

  /// The packed row of a position of a segment's context.
  @inline(always) func row(_ segment: Int, at position: Int) -> Int {
    contextRows[contextStarts[segment] &+ position]
  }

  /// About a microsecond of arithmetic for each unit, to size chunks by.
  func work(_ heads: AttentionHeads) -> Int {
    probabilitiesPerHead &* heads.queriesPerKey &* heads.width / 25_000 + 1
  }
}
