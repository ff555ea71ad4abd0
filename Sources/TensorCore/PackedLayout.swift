import Kernels

/// Sequences laid end to end in `N` rows. A segment may continue another one: the completions of
/// one prompt share the prompt's rows.
public struct PackedLayout: Sendable {
  public struct Segment: Sendable, Hashable {
    public var rows: Range<Int>
    /// The segment this one continues, an earlier one.
    public var parent: Int?
    /// The rows whose final hidden states somebody reads.
    public var read: Range<Int>

    /// All rows are read unless it is said which.
    public init(rows: Range<Int>, parent: Int? = nil, read: Range<Int>? = nil) {
      (self.rows, self.parent, self.read) = (rows, parent, read ?? rows)
    }
  }

  public let rows: Int
  /// Each row's position in its sequence.
  public let positions: [Int32]
  /// The rows that attend, rising, where not all do.
  public let queries: [Int32]?
  /// Each query's position in its sequence.
  let queryPositions: [Int32]
  let attention: AttentionLayout

  /// `cached[s]` positions of segment `s` stand in a cache, before its first row.
  public init(_ segments: [Segment], cached: [Int]? = nil) {
    var layout: [AttentionLayout.Segment] = []
    var positions: [Int32] = []
    for (index, segment) in segments.enumerated() {
      precondition(
        segment.rows.lowerBound == positions.count,
        "PackedLayout: segment \(index) begins at \(segment.rows.lowerBound), not \(positions.count)"
      )
      var first = cached?[index] ?? 0
      if let parent = segment.parent {
        precondition(parent < index, "PackedLayout: segment \(index) continues a later one")
        first = layout[parent].firstPosition + layout[parent].rows.count
      }
      layout.append(.init(rows: segment.rows, firstPosition: first, parent: segment.parent))
      for offset in 0..<segment.rows.count { positions.append(Int32(first + offset)) }
    }
    self.init(positions: positions, queries: nil, layout)
  }

  private init(positions: [Int32], queries: [Int32]?, _ layout: [AttentionLayout.Segment]) {
    (self.positions, self.queries, rows) = (positions, queries, positions.count)
    queryPositions = queries?.map { positions[Int($0)] } ?? positions
    attention = AttentionLayout(segments: layout)
  }

  /// The same keys, and queries of the rows alone that `segments` are read at.
  ///
  /// A last block has no use for others: its keys and values are all that a row leaves to later ones.
  public func queriedWhereRead(_ segments: [Segment]) -> PackedLayout {
    if segments.allSatisfy({ $0.read == $0.rows }) { return self }
    var layout = attention.segments
    var queries: [Int32] = []
    for (index, segment) in segments.enumerated() {
      let (rows, read) = (segment.rows, segment.read)
      precondition(
        rows.lowerBound <= read.lowerBound && read.upperBound <= rows.upperBound,
        "PackedLayout: segment \(index) has the rows \(rows), and is read at \(read)")
      layout[index].queries = queries.count..<queries.count + read.count
      layout[index].firstQueryPosition += read.lowerBound - rows.lowerBound
      for row in read { queries.append(Int32(row)) }
    }
    return PackedLayout(positions: positions, queries: queries, layout)
  }
}
