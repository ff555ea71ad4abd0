import TensorCore

/// Sequences laid end to end, without padding, and the tokens of them to score.
///
/// The completions of one prompt share the prompt's rows. A sequence's last token is nobody's
/// context, so it has no row. Of each segment the hidden states from the first to the last one that
/// is wanted are read, and a model makes no others.
public struct PackedTokens: Sendable {
  /// A token to score: the hidden state that predicts it, its id, its sequence.
  public struct Target: Sendable, Hashable {
    /// Of the hidden states.
    public var row: Int32
    public var token, sequence: Int32
  }

  public private(set) var tokens: [Int32] = []  // [N]
  public private(set) var segments: [PackedLayout.Segment] = []
  public private(set) var targets: [Target] = []  // [M], by sequence
  public private(set) var sequences = 0
  /// Rows that are read: `R` of the hidden states `[R, D]`.
  public private(set) var hiddenRows = 0

  public init() {}

  public var layout: PackedLayout { PackedLayout(segments) }
  /// Of the hidden states.
  public var targetRows: [Int32] { targets.map(\.row) }
  public var targetTokens: [Int32] { targets.map(\.token) }
  /// The sequence of each target, rising.
  public var targetSequences: [Int32] { targets.map(\.sequence) }

  /// Appends the continuations of one prompt, each a sequence of its own.
  ///
  /// `scored[i]` says whether the continuation's token `i` is to be scored.
  public mutating func append(
    prompt: [Int32], continuations: [(tokens: [Int32], scored: [Bool])]
  ) {
    precondition(!prompt.isEmpty, "PackedTokens: a prompt has at least one token")
    let isRead = continuations.contains { $0.scored.first == true }
    let parent = appendSegment(
      prompt, parent: nil, reading: prompt.count - (isRead ? 1 : 0)..<prompt.count)
    let promptRow = hiddenRows - 1
    for (continuation, scored) in continuations {
      precondition(
        continuation.count == scored.count,
        "PackedTokens: \(continuation.count) tokens and \(scored.count) marks")
      // Row i - 1 predicts token i; the prompt's last one predicts the first.
      let wanted = scored.indices.filter { $0 > 0 && scored[$0] }.map { $0 - 1 }
      let firstRow = hiddenRows
      let first = wanted.first ?? 0
      if continuation.count > 1 {
        _ = appendSegment(
          Array(continuation.dropLast()), parent: parent,
          reading: first..<(wanted.last.map { $0 + 1 } ?? 0))
      }
      for (index, token) in continuation.enumerated() where scored[index] {
        let row = index == 0 ? promptRow : firstRow + index - 1 - first
        targets.append(
          Target(row: Int32(row), token: token, sequence: Int32(sequences)))
      }
      sequences += 1
    }
  }

  /// Appends the continuations of one prompt with all their rows, nothing scored; returns for each
  /// the hidden state of its last token, the prompt's own where a continuation is empty.
  ///
  /// Continuation `i` is read from its token `first[i]` on, or at its last one alone.
  public mutating func append(
    prompt: [Int32], wholes: [[Int32]], readFrom first: [Int]? = nil
  ) -> [Int32] {
    precondition(!prompt.isEmpty, "PackedTokens: a prompt has at least one token")
    let isRead = wholes.contains(where: \.isEmpty)
    let parent = appendSegment(
      prompt, parent: nil, reading: prompt.count - (isRead ? 1 : 0)..<prompt.count)
    let promptRow = hiddenRows - 1
    return wholes.enumerated().map { index, continuation in
      sequences += 1
      if continuation.isEmpty { return Int32(promptRow) }
      _ = appendSegment(
        continuation, parent: parent,
        reading: (first?[index] ?? continuation.count - 1)..<continuation.count)
      return Int32(hiddenRows - 1)
    }
  }

  /// Appends a sequence of which every token after the first is scored.
  public mutating func append(whole sequence: [Int32]) {
    let rest = Array(sequence.dropFirst())
    append(
      prompt: Array(sequence.prefix(1)),
      continuations: [(rest, [Bool](repeating: true, count: rest.count))])
  }

  /// Rows to run without scoring, all of which are read: one segment each.
  public init(rows: [[Int32]]) {
    for row in rows { _ = appendSegment(row, parent: nil, reading: row.indices) }
  }

  /// Rows of which the last is read, as prefill and decoding need them: one segment each.
  public init(lastOf rows: [[Int32]]) {
    for row in rows { _ = appendSegment(row, parent: nil, reading: row.count - 1..<row.count) }
  }

  private mutating func appendSegment(
    _ row: [Int32], parent: Int?, reading offsets: Range<Int>
  ) -> Int {
    let first = tokens.count
    tokens += row
    segments.append(
      .init(
        rows: first..<tokens.count, parent: parent,
        read: first + offsets.lowerBound..<first + offsets.upperBound))
    hiddenRows += offsets.count
    return segments.count - 1
  }
}
