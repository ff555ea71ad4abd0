import Kernels

/// Sequences laid end to end in `N` rows. A segment may continue another one: the completions of
/// one prompt share the prompt's rows.
public struct PackedLayout: Sendable {
  public struct Segment: Sendable, Hashable {
    public var rows: Range<Int>
    /// The segment this one continues, an earlier one.
    public var parent: Int?

    public init(rows: Range<Int>, parent: Int? = nil) {
      (self.rows, self.parent) = (rows, parent)
    }
  }

  public let rows: Int
  /// Each row's position in its sequence.
  public let positions: [Int32]
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
    self.positions = positions
    rows = positions.count
    attention = AttentionLayout(segments: layout)
  }
}
