import TensorCore

/// Sequences laid end to end, without padding, and the tokens of them to score.
///
/// The completions of one prompt share the prompt's rows. A sequence's last token is nobody's
/// context, so it has no row.
public struct PackedTokens: Sendable {
  /// A token to score: the row whose hidden state predicts it, its id, its sequence.
  public struct Target: Sendable, Hashable {
    public var row, token, sequence: Int32
  }

  public private(set) var tokens: [Int32] = []  // [N]
  public private(set) var segments: [PackedLayout.Segment] = []
  public private(set) var targets: [Target] = []  // [M], by sequence
  public private(set) var sequences = 0

  public init() {}

  public var layout: PackedLayout { PackedLayout(segments) }
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
    let parent = appendSegment(prompt, parent: nil)
    for (continuation, scored) in continuations {
      precondition(
        continuation.count == scored.count,
        "PackedTokens: \(continuation.count) tokens and \(scored.count) marks")
      let first = tokens.count
      if continuation.count > 1 {
        _ = appendSegment(Array(continuation.dropLast()), parent: parent)
      }
      for (index, token) in continuation.enumerated() where scored[index] {
        let row = index == 0 ? segments[parent].rows.upperBound - 1 : first + index - 1
        targets.append(
          Target(row: Int32(row), token: token, sequence: Int32(sequences)))
      }
      sequences += 1
    }
  }

  /// Appends the continuations of one prompt with all their rows, nothing scored; returns the row
  /// of each one's last token, the prompt's own where a continuation is empty.
  public mutating func append(prompt: [Int32], wholes: [[Int32]]) -> [Int32] {
    precondition(!prompt.isEmpty, "PackedTokens: a prompt has at least one token")
    let parent = appendSegment(prompt, parent: nil)
    return wholes.map { continuation in
      sequences += 1
      let segment = continuation.isEmpty ? parent : appendSegment(continuation, parent: parent)
      return Int32(segments[segment].rows.upperBound - 1)
    }
  }

  /// Appends a sequence of which every token after the first is scored.
  public mutating func append(whole sequence: [Int32]) {
    let rest = Array(sequence.dropFirst())
    append(
      prompt: Array(sequence.prefix(1)),
      continuations: [(rest, [Bool](repeating: true, count: rest.count))])
  }

  /// Rows to run without scoring: one segment each, as prefill and decoding need them.
  public init(rows: [[Int32]]) {
    for row in rows { _ = appendSegment(row, parent: nil) }
  }

  private mutating func appendSegment(_ row: [Int32], parent: Int?) -> Int {
    let first = tokens.count
    tokens += row
    segments.append(.init(rows: first..<tokens.count, parent: parent))
    return segments.count - 1
  }
}
