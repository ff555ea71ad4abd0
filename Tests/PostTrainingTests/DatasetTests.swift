import Configuration
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore
import Testing

@testable import PostTraining

@Suite struct DatasetTests {
  private static let letters = ["a", "b", "c", "d"]

  /// Seven rows whose completions differ.
  private static let rows = (0..<7).map { index in
    #"{"prompt": "emit \#(letters[index % 4])*\#(index):", "completion": "\#(index)\n"}"#
  }

  private func sft(_ lines: [String], batchSize: Int) throws -> (SFT, BoundModels) {
    let bench = try Workbench()
    try bench.write(lines.joined(separator: "\n"), to: "rows.jsonl")
    let setup = try bench.setup(
      Workbench.config(["type": "sft", "data": "rows.jsonl", "batch_size": JSON(batchSize)]))
    let config = try #require(setup.config.stages.entries[0].value.stage as? SFTConfig)
    return (try SFT(config, setup.context(ofStage: "stage")), try setup.models().bound())
  }

  /// The file is looked for beside the configuration; each epoch visits every row once, whatever
  /// the batch, in an order of its own.
  @Test(arguments: [1, 3, 7, 10]) func anEpochVisitsEachRowOnce(_ batchSize: Int) throws {
    var (sft, models) = try sft(Self.rows, batchSize: batchSize)
    var visited: [[Int32]] = []
    for step in 0..<(28 / batchSize + 1) {
      visited += try sft.collect(step: step, with: models).experience.map(\.completion)
    }
    let epochs = (0..<4).map { Array(visited[7 * $0..<7 * $0 + 7]) }
    for epoch in epochs { #expect(Set(epoch).count == 7) }
    #expect(Set(epochs).count > 1)
    let (again, _) = try self.sft(Self.rows, batchSize: 7)
    var whole = again
    #expect(try whole.collect(step: 1, with: models).experience.map(\.completion) == epochs[1])
  }

  /// A resumed run must not go on with other rows: what a file holds is part of its identity.
  @Test func rowsArePartOfTheIdentity() throws {
    let bench = try Workbench()
    func identity(_ rows: [String]) throws -> String {
      try bench.write(rows.joined(separator: "\n"), to: "rows.jsonl")
      return try Run.hash(
        of: try bench.setup(Workbench.config(["type": "sft", "data": "rows.jsonl"])))
    }
    let first = try identity(Self.rows)
    #expect(try identity(Self.rows.reversed()) != first)
    #expect(try identity(Self.rows) == first)
  }

  /// The prompt is not scored: only completion tokens weigh.
  @Test func onlyCompletionsAreTrained() throws {
    var (sft, models) = try sft(Self.rows, batchSize: 7)
    let rows = try sft.collect(step: 0, with: models).experience
    let first = try sft.update(0, from: rows, with: models)
    let update = try #require(first)
    let scored = update.batches.flatMap { $0.packed.targets.map(\.token) }
    #expect(scored == rows.flatMap(\.completion))
    let weights = update.batches.flatMap { $0.tokens.weights.values }
    #expect(weights == Array(repeating: 1 / 14, count: 14))  // 7 rows of two tokens
    #expect(try sft.update(1, from: rows, with: models) == nil)
  }

  @Test(arguments: [
    (#"{"prompt": "emit a*2:"}"#, "expected the strings"),
    (#"{"prompt": "emit a*2:", "completion": 2}"#, "expected the strings"),
    (#"{"prompt": "emit a*2:", "completion": "aa""#, "expected"),
    (#"{"prompt": "emit a*2:", "completion": "é"}"#, "é"),
    (#"{"prompt": "emit a*2:", "completion": ""}"#, "does not fit"),
    (
      #"{"prompt": "emit a*2:", "completion": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
      "does not fit 1...24 positions"
    ),
  ])
  func aBadRowIsNamed(_ row: String, _ reason: String) throws {
    let error = #expect(throws: DataError.self) {
      try sft([Self.rows[0], "", row], batchSize: 1)
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("/rows.jsonl:3: ") && text.contains(reason), "\(text)")
  }

  @Test func aFileWithoutRowsIsAnError() throws {
    #expect(throws: DataError.self) { try sft(["", ""], batchSize: 1) }
  }
}
