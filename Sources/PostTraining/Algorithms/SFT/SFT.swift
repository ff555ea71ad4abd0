import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore
import Tokenizers

/// Supervised fine-tuning: cross-entropy on demonstrated completions, the prompt unscored.
public struct SFT: Algorithm {
  public static let name = "sft"

  /// One demonstration as tokens.
  public struct Row: Sendable {
    var prompt, completion: [Int32]
    /// Which tokens of the completion are learned.
    var isScored: [Bool]
    var length: Int { isScored.count { $0 } }
  }

  public struct Batch: Sendable {
    var packed: PackedTokens
    var tokens: TrainedTokens
  }

  public struct State: Codable, Sendable, Equatable {
    public var tokens = 0
    public var curriculum: JSON
  }

  private let config: SFTConfig
  private let context: TrainingContext
  private let dataset: Dataset?
  private var curriculum: any Curriculum
  private var tokens = 0

  public init(_ config: SFTConfig, _ context: TrainingContext) throws {
    (self.config, self.context) = (config, context)
    curriculum = try context.curriculum(config.curriculum)
    dataset = try config.dataFile.map { try Dataset(file: $0, context) }
  }

  public var state: State {
    get { State(tokens: tokens, curriculum: curriculum.storedState) }
    set {
      tokens = newValue.tokens
      curriculum.resume(from: newValue.curriculum)
    }
  }

  public static func formula(_ config: SFTConfig) -> String {
    "L = -(1/N) Σ log π(y | x, y<t), over the N completion tokens of a step"
  }

  public static func requiredRoles(_ config: SFTConfig) -> Set<Role> { [] }

  public static let metrics = [
    MetricDefinition("entropy", unit: "nats", "mean over scored tokens of -Σ p log p"),
    MetricDefinition(
      "num_tokens", unit: "tokens", "prompt and completion tokens seen in the stage"),
  ]

  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<[Row]> {
    let places = step * config.batchSize..<(step + 1) * config.batchSize
    var rows = dataset?.rows(places, random: context.random) ?? []
    if dataset == nil {
      for place in places { rows.append(try demonstration(place)) }
    }
    let events = curriculum.observe([], step: step).map(\.hookEvent)
    tokens += rows.reduce(0) { $0 + $1.prompt.count + $1.completion.count }
    var metrics = Metrics()
    metrics.record("num_tokens", .mean(sum: Double(tokens), weight: 1))
    return Collected(rows, metrics: metrics, events: events)
  }

  private mutating func demonstration(_ index: Int) throws -> Row {
    var random = context.random.split("problem", index)
    return try context.demonstration(of: try curriculum.next(using: &random))
  }

  public func update(
    _ index: Int, from rows: [Row], with models: BoundModels
  ) throws -> Update<Batch>? {
    guard index == 0 else { return nil }
    return rows.update(microBatchRows: config.microBatchRows)
  }

  public func objective(on batch: Batch, with models: BoundModels) throws -> Objective {
    batch.crossEntropy(of: models[.policy])
  }

  public func probe(_ rows: [Row]) -> Probe { rows.probe }

  public func dump(_ batch: Batch) -> JSON { batch.packed.json }
}

extension [SFT.Row] {
  /// One update of the policy on these rows, each scored token with the same weight.
  func update(microBatchRows: Int) -> Update<SFT.Batch> {
    let totals = StepTotals(lengths: map(\.length))
    let parts = microBatches(self, limit: microBatchRows) {
      $0.prompt.count + $0.completion.count - 1
    }
    let batches = parts.map { part in
      var packed = PackedTokens()
      for row in part { packed.append(row) }
      let tokens = TrainedTokens(
        lengths: part.map(\.length), aggregation: .tokenMean, totals: totals)
      return SFT.Batch(packed: packed, tokens: tokens)
    }
    return Update(trains: [.policy], batches: batches)
  }

  var probe: Probe { Probe(self, temperature: 1) { $1.append($0) } }
}

extension SFT.Batch {
  func crossEntropy(of model: any LanguageModel) -> Objective {
    let statistics = model.statistics(of: packed, temperature: 1)
    var objective = maskedCrossEntropy(logProbs: statistics.logProbs, tokens: tokens)
    objective.metrics.record("entropy", .mean(of: statistics.entropies.values))
    return objective
  }
}

extension PackedTokens {
  fileprivate mutating func append(_ row: SFT.Row) {
    append(prompt: row.prompt, continuations: [(row.completion, row.isScored)])
  }
}

extension TrainingContext {
  /// The environment's own answer to a problem, as a row.
  func demonstration(of choice: Choice) throws -> SFT.Row {
    let opening = environment.episode(for: choice.problem, level: choice.level).opening
    return try SFT.Row(
      prompt: opening.map(\.text).joined(),
      completion: environment.demonstration(for: choice.problem), self,
      endsSequence: environment.stop.isEmpty)
  }
}

extension SFT.Row {
  /// Text as tokens, and the end-of-sequence token where `endsSequence`; a row longer than the
  /// model's positions is an error, never cut.
  init(
    prompt: String, completion: String, _ context: TrainingContext, endsSequence: Bool = false
  ) throws {
    self.prompt = try context.tokenizer.encodePrompt(prompt)
    self.completion = try context.tokenizer.encode(completion)
    if endsSequence, let eos = context.tokenizer.specialTokens.eos { self.completion.append(eos) }
    isScored = self.completion.map { _ in true }
    let count = self.prompt.count + self.completion.count
    guard count <= context.maximumLength, !self.prompt.isEmpty, !self.completion.isEmpty else {
      throw DataError(
        reason:
          "a row of \(self.prompt.count) prompt and \(self.completion.count) completion tokens"
          + " does not fit 1...\(context.maximumLength) positions: \(JSON(prompt).text())")
    }
  }
}
