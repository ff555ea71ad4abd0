import Configuration
import Tokenizers

/// What is done with rows that are longer than the limit. There is no default: each loses something.
public enum Truncation: String, Codable, Sendable, CaseIterable {
  /// Such a row is an error.
  case error
  /// It is left out, and counted.
  case drop
  /// The prompt loses its beginning, which is counted; completions, whose ends teach where to stop,
  /// are never cut.
  case cut
}

/// Preferences from a JSON Lines file: `{"prompt": …, "chosen": …, "rejected": …}` a line, with an
/// optional number `margin`.
///
/// Completions are trained to their last character: a stop belongs to their text.
struct PreferenceFile: Sendable {
  let pairs: [PreferencePair]
  /// The file's lines that were too long and left out.
  let droppedLines: [Int]
  /// Those whose prompt was cut.
  let cutLines: [Int]

  /// `limit` is the most tokens of a prompt with a completion, at most the model's positions; `key`
  /// is the configuration key that names the file.
  init(
    _ name: String, key: String, truncation: Truncation, limit: Int, _ context: TrainingContext
  ) throws {
    var dropped: [Int] = []
    var cut: [Int] = []
    pairs = try jsonLines(name, key: key, context) { json, line in
      var pair = try Self.pair(json, context)
      let longest = max(pair.chosen.tokens.count, pair.rejected.tokens.count)
      guard pair.prompt.count + longest > limit else { return pair }
      switch truncation {
      case .error: throw Self.tooLong(pair, limit)
      case .drop:
        dropped.append(line)
        return nil
      case .cut:
        try Self.cutPrompt(of: &pair, to: limit - longest, context)
        cut.append(line)
        return pair
      }
    }
    (droppedLines, cutLines) = (dropped, cut)
  }

  private static func pair(_ json: JSON, _ context: TrainingContext) throws -> PreferencePair {
    let columns = ["prompt", "chosen", "rejected"]
    let texts = columns.compactMap { json[$0]?.string }
    guard texts.count == columns.count else {
      let found = (json.members ?? []).map { JSON($0.key).text() }.joined(separator: ", ")
      throw DataError(
        reason: "expected the strings \"prompt\", \"chosen\" and \"rejected\", found "
          + (found.isEmpty ? "none" : found))
    }
    let completions = try texts[1...].map { try context.tokenizer.encode($0) }
    var pair = PreferencePair(
      prompt: try context.tokenizer.encodePrompt(texts[0]),
      chosen: .init(tokens: completions[0]), rejected: .init(tokens: completions[1]))
    for (column, tokens) in zip(columns, [pair.prompt] + completions) where tokens.isEmpty {
      throw DataError(reason: "\"\(column)\" is empty: there is nothing to learn from")
    }
    if completions[0] == completions[1] {
      throw DataError(
        reason: "\"chosen\" and \"rejected\" are equal, \(JSON(texts[1]).text()): expected two "
          + "completions of which one is preferred")
    }
    if let margin = json["margin"] {
      guard let value = margin.double else {
        throw DataError(reason: "expected a number as \"margin\", found \(margin.text())")
      }
      pair.margin = value
    }
    return pair
  }

  private static func tooLong(_ pair: PreferencePair, _ limit: Int) -> DataError {
    let longest = max(pair.chosen.tokens.count, pair.rejected.tokens.count)
    return DataError(
      reason: "a prompt of \(pair.prompt.count) and a completion of \(longest) tokens do not fit "
        + "the limit of \(limit): expected a shorter row, or \"truncation\": \"drop\" or \"cut\"")
  }

  /// Leaves the tokens that start every sequence, and the prompt's end.
  private static func cutPrompt(
    of pair: inout PreferencePair, to count: Int, _ context: TrainingContext
  ) throws {
    let prefix = context.tokenizer.specialTokens.prefix
    guard count > prefix.count else {
      throw DataError(
        reason: "completions of \(pair.chosen.tokens.count) and \(pair.rejected.tokens.count) "
          + "tokens leave no room for a prompt, and are never cut: expected shorter ones, or "
          + "\"truncation\": \"drop\"")
    }
    pair.prompt = prefix + pair.prompt.suffix(count - prefix.count)
  }
}
