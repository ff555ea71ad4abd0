import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore
import Tokenizers

/// Distillation: the student's next-token distributions are pulled to a teacher's, on completions
/// that the student samples (Agarwal et al., "On-policy distillation of language models", 2024),
/// that the teacher samples (Kim and Rush, 2016), or that are given.
///
/// The divergence is one of distributions at the prefixes as they are: no gradient flows through how
/// they were sampled.
public struct Distill: Algorithm {
  public static let name = "distill"

  /// One prompt and what was said after it.
  public struct Lesson: Sendable {
    var prompt: [Int32]
    var completions: [Completion]

    /// Token rows when packed.
    var rows: Int { prompt.count + completions.reduce(0) { $0 + $1.tokens.count - 1 } }

    struct Completion: Sendable {
      var tokens: [Int32]
      /// Which of them were said, and not replied by the environment.
      var isScored: [Bool]
      /// Of the scored tokens; empty where the student did not sample them.
      var behaviorLogProbs: [Float] = []
      /// Of the scored tokens; empty where nothing is weighed by them.
      var advantages: [Double] = []

      var length: Int { isScored.count { $0 } }
    }
  }

  public struct Batch: Sendable {
    var packed: PackedTokens
    var tokens: TrainedTokens
    /// What the student recorded while it sampled, and what its tokens earned; where it did.
    var sampled: (behaviorLogProbs: Tensor, advantages: Tensor?)?
    /// The student has not moved since it sampled: every ratio must be exactly 1.
    var isOnPolicy: Bool
  }

  public struct State: Codable, Sendable, Equatable {
    public var source: RolloutSource.State
    /// Rows read so far: the next one's place.
    public var rows: Int
    /// Tokens that the teacher sampled, and tokens of given completions.
    public var teacherTokens, givenTokens: Int
  }

  let config: DistillConfig
  let context: TrainingContext
  var source: RolloutSource
  let teacher: RolloutCollector
  let dataset: Dataset?
  var rows = 0
  var teacherTokens = 0
  var givenTokens = 0

  public init(_ config: DistillConfig, _ context: TrainingContext) throws {
    (self.config, self.context) = (config, context)
    source = try RolloutSource(config, context)
    var settings = SamplingConfig()
    settings.temperature = config.temperatureOfTeacher
    teacher = try RolloutCollector(
      context, settings: settings, maximumTokens: source.maximumTokens,
      generations: config.numGenerations)
    dataset = try config.dataFile.map { try Dataset(file: $0, context) }
    try checkTopK()
  }

  public var state: State {
    get {
      State(
        source: source.state, rows: rows, teacherTokens: teacherTokens, givenTokens: givenTokens)
    }
    set {
      (source.state, rows) = (newValue.source, newValue.rows)
      (teacherTokens, givenTokens) = (newValue.teacherTokens, newValue.givenTokens)
    }
  }

  private func checkTopK() throws(ConfigError) {
    let (topK, vocabulary) = (config.divergence.divergence.topK, context.tokenizer.vocabularySize)
    guard topK > 0 && topK >= vocabulary - 1 else { return }
    throw ConfigError(
      path: "divergence.top_k",
      reason: "tells all of the \(vocabulary) token ids apart: expected 0, or less than "
        + "\(vocabulary - 1), found \(topK)")
  }

  public static func requiredRoles(_ config: DistillConfig) -> Set<Role> { [.teacher] }

  public func update(
    _ index: Int, from lessons: [Lesson], with models: BoundModels
  ) throws -> Update<Batch>? {
    guard index < config.updatesPerCollection * config.numIterations else { return nil }
    let size = lessons.count / config.updatesPerCollection
    let first = index % config.updatesPerCollection * size
    let minibatch = Array(lessons[first..<first + size])
    let totals = StepTotals(lengths: minibatch.flatMap { $0.completions.map(\.length) })
    let parts = microBatches(minibatch, limit: config.microBatchRows, size: \.rows)
    return Update(
      trains: [.policy], batches: parts.map { batch($0, totals, isOnPolicy: index == 0) })
  }

  private func batch(_ lessons: [Lesson], _ totals: StepTotals, isOnPolicy: Bool) -> Batch {
    var packed = PackedTokens()
    for lesson in lessons { packed.append(lesson) }
    let completions = lessons.flatMap(\.completions)
    let tokens = TrainedTokens(
      lengths: completions.map(\.length),
      aggregation: config.aggregation.law(length: source.maximumTokens), totals: totals)
    var batch = Batch(packed: packed, tokens: tokens, isOnPolicy: isOnPolicy)
    let behavior = completions.flatMap(\.behaviorLogProbs)
    if behavior.count == tokens.count {
      let advantages = completions.flatMap(\.advantages).map { Float($0) }
      batch.sampled = (Tensor(behavior), advantages.isEmpty ? nil : Tensor(advantages))
    }
    return batch
  }

  public func objective(on batch: Batch, with models: BoundModels) throws -> Objective {
    let statistics = models[.policy].statistics(
      of: batch.packed, temperature: Float(config.temperature), other: models[.teacher],
      divergence: config.vocabularyDivergence)
    var objective = distillation(
      statistics.divergences, coefficient: Float(config.coefficient), tokens: batch.tokens)
    if let (behavior, advantages) = batch.sampled {
      if let advantages {
        let ratios = ImportanceRatios(
          logProbs: statistics.logProbs, behaviorLogProbs: behavior, tokens: batch.tokens,
          level: .token)
        objective =
          objective + importanceSampled(ratios, advantages: advantages, tokens: batch.tokens)
      }
      if batch.isOnPolicy {
        objective.metrics.recordLogProbDifference(statistics.logProbs, behavior)
      }
    }
    objective.metrics.record("entropy", .mean(of: statistics.entropies.values))
    if let figures = statistics.figures { objective.metrics.record(figures) }
    return objective
  }

  public func probe(_ lessons: [Lesson]) -> Probe {
    Probe(lessons, temperature: Float(config.temperature)) { $1.append($0) }
  }

  public func dump(_ batch: Batch) -> JSON {
    var json = batch.packed.json
    json["weights"] = .numbers(batch.tokens.weights.values)
    if let (behavior, advantages) = batch.sampled {
      json["behavior_log_probs"] = .numbers(behavior.values)
      json["advantages"] = .numbers(advantages?.values ?? [])
    }
    return json
  }
}

extension PackedTokens {
  mutating func append(_ lesson: Distill.Lesson) {
    append(
      prompt: lesson.prompt, continuations: lesson.completions.map { ($0.tokens, $0.isScored) })
  }
}
