/// When a sequence ends: token ids, decided by whoever knows text.
public struct StopRule: Sendable {
  public var sequences: [[Int32]]

  public init(sequences: [[Int32]]) { self.sequences = sequences.filter { !$0.isEmpty } }

  /// Whether the turn that began at `start` ends with one of the sequences.
  func ends(_ tokens: [Int32], from start: Int) -> Bool {
    sequences.contains { stop in
      tokens.count - start >= stop.count && tokens.suffix(stop.count).elementsEqual(stop)
    }
  }
}

/// Why a turn ended; recorded by the sampler, never inferred from the last token.
public enum FinishReason: String, Codable, Sendable {
  /// A stop sequence was produced.
  case stop
  /// The turn's limit, or the model's last position, was reached.
  case length
}
