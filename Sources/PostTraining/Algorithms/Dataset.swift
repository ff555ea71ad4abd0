import Configuration
import Randomness

/// Demonstrations from a JSON Lines file: `{"prompt": …, "completion": …}` a line.
///
/// Each epoch visits every row once, in an order of its own.
struct Dataset: Sendable {
  private let rows: [SFT.Row]

  init(file name: String, _ context: TrainingContext) throws {
    rows = try jsonLines(name, key: "data", context) { json, _ in
      guard let prompt = json["prompt"]?.string, let completion = json["completion"]?.string
      else {
        throw DataError(reason: "expected the strings \"prompt\" and \"completion\"")
      }
      return try SFT.Row(prompt: prompt, completion: completion, context)
    }
  }

  /// The rows at these places of the endless sequence of epochs.
  func rows(_ places: Range<Int>, random: RandomStream) -> [SFT.Row] {
    epochRows(places, of: rows.count, random: random).map { rows[$0] }
  }
}
