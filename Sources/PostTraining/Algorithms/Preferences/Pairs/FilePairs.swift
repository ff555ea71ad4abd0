import Configuration
import EnvironmentKit
import Objectives
import Randomness

/// Pairs that somebody else has ranked, from a file.
struct FilePairs: PairSource {
  static let name = "file"

  struct Config: ConfigBlock {
    var data = ""
    var evalData = ""
    var truncation = ""
    var maxLength = 0
    var batchSize = 64
    init() {}

    static let keys = [
      KeyDescription("data", "a JSON Lines file of prompt, chosen, rejected"),
      KeyDescription("eval_data", "such a file of held-out pairs; none when left out"),
      KeyDescription(
        "truncation", "of rows over max_length: error|drop|cut; there is no default"),
      KeyDescription(
        "max_length", "most tokens of a prompt and a completion; 0 is the model's positions",
        "0..."),
      KeyDescription("batch_size", "pairs of a step", "1..."),
    ]

    func validate() throws(ConfigError) {
      if data.isEmpty {
        throw ConfigError(path: "data", reason: "expected a JSON Lines file, found none")
      }
      if Truncation(rawValue: truncation) == nil {
        throw ConfigError(
          path: "truncation",
          reason: "expected one of error|drop|cut, found \(JSON(truncation).text()): what becomes "
            + "of rows over the limit has no default, since each loses something")
      }
    }
  }

  struct State: Codable, Sendable {
    var tokens = 0
  }

  var state = State()
  let temperature = 1.0
  private let file: PreferenceFile
  private let heldOut: PreferenceFile?
  private let batchSize: Int
  private let random: RandomStream

  init(_ config: Config, _ context: TrainingContext) throws {
    guard config.maxLength <= context.maximumLength else {
      throw ConfigError(
        path: "max_length",
        reason: "expected at most the model's \(context.maximumLength) positions, found "
          + "\(config.maxLength)")
    }
    func read(_ name: String, _ key: String) throws -> PreferenceFile {
      try PreferenceFile(
        name, key: key, truncation: Truncation(rawValue: config.truncation) ?? .error,
        limit: config.maxLength > 0 ? config.maxLength : context.maximumLength, context)
    }
    file = try read(config.data, "data")
    heldOut = config.evalData.isEmpty ? nil : try read(config.evalData, "eval_data")
    (batchSize, random) = (config.batchSize, context.random)
  }

  func heldOut(atMost limit: Int, with models: BoundModels) -> [PreferencePair] {
    Array(heldOut?.pairs.prefix(limit) ?? [])
  }

  mutating func next(step: Int, with models: BoundModels) -> SourcedPairs {
    let places = step * batchSize..<(step + 1) * batchSize
    var sourced = SourcedPairs()
    sourced.pairs = epochRows(places, of: file.pairs.count, random: random).map { file.pairs[$0] }
    state.tokens += sourced.pairs.reduce(0) {
      $0 + $1.prompt.count + $1.chosen.tokens.count + $1.rejected.tokens.count
    }
    for (name, count) in [
      ("num_tokens", state.tokens), ("data/dropped", file.droppedLines.count),
      ("data/truncated", file.cutLines.count),
    ] { sourced.metrics.record(name, .mean(sum: Double(count), weight: 1)) }
    for (name, lines) in [("data_dropped", file.droppedLines), ("data_truncated", file.cutLines)]
    where step == 0 && !lines.isEmpty {
      sourced.events.append(
        HookEvent(name, ["lines": JSON(lines.map { JSON($0) })], warning: warning(name, lines)))
    }
    return sourced
  }

  private func warning(_ name: String, _ lines: [Int]) -> String {
    name == "data_dropped"
      ? "\(lines.count) rows of the preference file are over the limit and left out"
      : "the prompts of \(lines.count) rows of the preference file were cut to the limit"
  }
}
