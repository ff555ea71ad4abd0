import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Testing
import Tokenizers

@testable import PostTraining

@Suite struct PreferenceFileTests {
  private static let letters = ["a", "b", "c", "d"]

  /// Row `index` prefers its own letter twice over the next one.
  static func row(_ index: Int, _ more: String = "") -> String {
    let (own, other) = (letters[index % 4], letters[(index + 1) % 4])
    return
      #"{"prompt": "emit \#(own)*2:", "chosen": "\#(own)\#(own)\n", "rejected": "\#(other)\n"\#(more)}"#
  }

  private func file(
    _ lines: [String], truncation: Truncation = .error, limit: Int = 24
  ) throws -> (file: PreferenceFile, context: TrainingContext) {
    let bench = try Workbench()
    try bench.write(lines.joined(separator: "\n"), to: "pairs.jsonl")
    let context = try bench.setup(Workbench.config(["type": "sft"])).context(ofStage: "stage")
    return (
      try PreferenceFile(
        "pairs.jsonl", key: "data", truncation: truncation, limit: limit, context), context
    )
  }

  @Test func rowsBecomePairs() throws {
    let (file, context) = try file([Self.row(0), "", Self.row(1, #", "margin": 0.5"#)])
    #expect(file.pairs.count == 2)
    let pair = file.pairs[1]
    #expect(context.tokenizer.decode(pair.prompt) == Array("emit b*2:".utf8))
    #expect(context.tokenizer.decode(pair.chosen.tokens) == Array("bb\n".utf8))
    #expect(context.tokenizer.decode(pair.rejected.tokens) == Array("c\n".utf8))
    #expect(pair.chosen.isScored == [true, true, true])
    #expect(file.pairs.map(\.margin) == [0, 0.5])
  }

  @Test(arguments: [
    (#"{"prompt": "emit a*2:", "chosen": "aa"}"#, "\"rejected\", found \"prompt\", \"chosen\""),
    (#"{"prompt": "emit a*2:", "chosen": "aa", "rejected": 2}"#, "expected the strings"),
    (#"{"prompt": "emit a*2:", "chosen": "aa", "rejected": "aa"}"#, "are equal, \"aa\""),
    (#"{"prompt": "emit a*2:", "chosen": "aa", "rejected": ""}"#, "\"rejected\" is empty"),
    (#"{"prompt": "emit a*2:", "chosen": "", "rejected": "a"}"#, "\"chosen\" is empty"),
    (#"{"prompt": "", "chosen": "aa", "rejected": "a"}"#, "\"prompt\" is empty"),
    (#"{"prompt": "emit a*2:", "chosen": "é", "rejected": "a"}"#, "é"),
    (#"{"prompt": "emit a*2:", "chosen": "aa", "rejected": "a", "margin": "1"}"#, "margin"),
    (
      #"{"prompt": "emit a*2:", "chosen": "a", "rejected": "aaaaaaaaaaaaaaaaaaaaaaaa"}"#,
      "a prompt of 9 and a completion of 24 tokens do not fit the limit of 24"
    ),
  ])
  func aBadRowIsNamed(_ row: String, _ reason: String) throws {
    let error = #expect(throws: DataError.self) { try file([Self.row(0), "", row]) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("/pairs.jsonl:3: ") && text.contains(reason), "\(text)")
  }

  /// Nine tokens of prompt and three of the longer completion fit twelve, not eleven.
  @Test func theLimitIsThatOfTheLongerCompletion() throws {
    #expect(try file([Self.row(0)], limit: 12).file.pairs.count == 1)
    #expect(throws: DataError.self) { try file([Self.row(0)], limit: 11) }
  }

  private static let long =
    #"{"prompt": "emit a*2:emit a*2:", "chosen": "aa\n", "rejected": "b\n"}"#

  @Test func longRowsAreDroppedAndListed() throws {
    let file = try file([Self.row(0), Self.long, Self.row(1)], truncation: .drop, limit: 12).file
    #expect(file.pairs.count == 2)
    #expect(file.droppedLines == [2])
    #expect(file.cutLines == [])
  }

  /// The prompt keeps its end; the completions are whole.
  @Test func longPromptsAreCutAndListed() throws {
    let (file, context) = try file([Self.row(0), Self.long], truncation: .cut, limit: 12)
    #expect(file.cutLines == [2])
    #expect(context.tokenizer.decode(file.pairs[1].prompt) == Array("emit a*2:".utf8))
    #expect(file.pairs[1].chosen == file.pairs[0].chosen)
    let error = #expect(throws: DataError.self) {
      try self.file([Self.row(0)], truncation: .cut, limit: 3)
    }
    #expect(error.map { "\($0)".contains("never cut") } ?? false)
  }

  /// Whole epochs, in the stage's metrics what was left out, and once an event with its lines.
  @Test func aStageTellsWhatItLost() throws {
    let bench = try Workbench()
    let rows = [Self.row(0), Self.long, Self.row(1), Self.row(2)]
    try bench.write(rows.joined(separator: "\n"), to: "pairs.jsonl")
    let setup = try bench.setup(
      Workbench.config([
        "type": "dpo",
        "pairs": [
          "type": "file", "data": "pairs.jsonl", "truncation": "drop", "max_length": 12,
          "batch_size": 2,
        ],
      ]))
    let config = try #require(setup.config.stages.values[0].stage as? DPOConfig)
    #expect(config.dataFile == "pairs.jsonl")
    var method = try DPO(config, setup.context(ofStage: "stage"))
    let models = try setup.models().bound()
    var visited: [[Int32]] = []
    for step in 0..<3 {
      let collected = try method.collect(step: step, with: models)
      visited += collected.experience.pairs.map(\.prompt)
      #expect(collected.metrics["data/dropped"] == 1)
      #expect(collected.metrics["data/truncated"] == 0)
      #expect(collected.metrics["pairs/count"] == 2)
      #expect(collected.events.map(\.name) == (step == 0 ? ["data_dropped"] : []))
      if step == 0 { #expect(collected.events[0].details["lines"]?.array == [2]) }
    }
    #expect(Set(visited[..<3]).count == 3)
    #expect(Set(visited[3...]).count == 3)
  }

  /// What a file holds is part of a run's identity, as SFT's rows are.
  @Test func rowsArePartOfTheIdentity() throws {
    let bench = try Workbench()
    func identity(_ rows: [String]) throws -> String {
      try bench.write(rows.joined(separator: "\n"), to: "pairs.jsonl")
      return try Run.hash(
        of: try bench.setup(
          Workbench.config([
            "type": "dpo",
            "pairs": ["type": "file", "data": "pairs.jsonl", "truncation": "error"],
          ])))
    }
    #expect(try identity([Self.row(0)]) != identity([Self.row(1)]))
  }
}
