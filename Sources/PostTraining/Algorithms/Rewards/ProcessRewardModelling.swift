import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore
import Tokenizers

/// Trains a process reward model: a score at the end of each written step, whose sign says whether
/// the step is right (Lightman et al., "Let's verify step by step", 2023). The steps are the
/// policy's own, the labels the environment's; the policy never moves.
public struct ProcessRewardModelling: Algorithm {
  public static let name = "process_reward"

  /// One completion, and where its steps end.
  struct Labelled: Sendable {
    var tokens: [Int32]
    /// The token at which each step ends: the delimiter, or the stop behind the answer.
    var ends: [Int]
    var isRight: [Bool]
  }

  public struct LabelledGroup: Sendable {
    var prompt: [Int32]
    var completions: [Labelled]

    var rows: Int { prompt.count + completions.reduce(0) { $0 + $1.tokens.count } }
  }

  public struct Batch: Sendable {
    var packed = PackedTokens()
    var rows: [Int32] = []  // [S]
    var isRight: [Bool] = []  // [S]
    var weight: Float
  }

  private static let heldOutProblems = 256

  private let config: ProcessRewardConfig
  private let context: TrainingContext
  private var source: RolloutSource

  public init(_ config: ProcessRewardConfig, _ context: TrainingContext) throws {
    (self.config, self.context) = (config, context)
    source = try RolloutSource(config, context)
  }

  public var state: RolloutSource.State {
    get { source.state }
    set { source.state = newValue }
  }

  public static func requiredRoles(_ config: ProcessRewardConfig) -> Set<Role> { [.reward] }

  public static func formula(_ config: ProcessRewardConfig) -> String {
    "L = (1/S) Σ -log σ(±s), + where the step is right, s at the token that ends it"
  }

  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<[LabelledGroup]> {
    let (asked, metrics, events) = try source.play(step: step, with: models)
    var all = asked.metrics
    all.merge(metrics)
    return Collected(
      asked.groups.map(labelled), metrics: all, rollouts: asked.groups, events: events)
  }

  private func labelled(_ group: RolloutGroup) -> LabelledGroup {
    LabelledGroup(
      prompt: group.prompt, completions: group.judged.map { labelled($0, group.problem) })
  }

  func labelled(_ rollout: Rollout, _ problem: Problem) -> Labelled {
    let text = context.text(of: rollout.tokens[...], rollout.finish)
    let labels = context.environment.stepLabels(
      of: text, isTruncated: rollout.finish == .length, problem: problem)
    var ends: [Int] = []
    var (token, offset) = (0, context.tokenizer.decode([rollout.tokens[0]]).count)
    for label in labels {
      // What ends a step is the token that holds the byte behind it; an end-of-sequence has none.
      while offset <= label.bytes.upperBound && token < rollout.tokens.count - 1 {
        token += 1
        offset += context.tokenizer.decode([rollout.tokens[token]]).count
      }
      ends.append(token)
    }
    return Labelled(tokens: rollout.tokens, ends: ends, isRight: labels.map(\.isRight))
  }

  public func update(
    _ index: Int, from groups: [LabelledGroup], with models: BoundModels
  ) throws -> Update<Batch>? {
    let batches = batches(of: groups)
    return index == 0 && !batches.isEmpty ? Update(trains: [.reward], batches: batches) : nil
  }

  private func batches(of groups: [LabelledGroup]) -> [Batch] {
    let groups = groups.filter { $0.completions.contains { !$0.ends.isEmpty } }
    let steps = groups.reduce(0) { $0 + $1.completions.reduce(0) { $0 + $1.ends.count } }
    return microBatches(groups, limit: config.microBatchRows, size: \.rows).map { part in
      var batch = Batch(weight: Float(1 / Double(steps)))
      for group in part {
        let lasts = batch.packed.append(
          prompt: group.prompt, wholes: group.completions.map(\.tokens),
          readFrom: group.completions.map { $0.ends.first ?? $0.tokens.count - 1 })
        for (last, completion) in zip(lasts, group.completions) {
          let first = last - Int32(completion.tokens.count - 1)
          batch.rows += completion.ends.map { first + Int32($0) }
          batch.isRight += completion.isRight
        }
      }
      return batch
    }
  }

  public func objective(on batch: Batch, with models: BoundModels) throws -> Objective {
    binaryCrossEntropy(
      scores(batch, models), isRight: batch.isRight,
      weights: .filled([batch.rows.count], with: batch.weight))
  }

  private func scores(_ batch: Batch, _ models: BoundModels) -> Tensor {
    let model = models[.reward]
    return model.scores(of: model.hiddenStates(of: batch.packed), rows: batch.rows)
  }

  public func evaluate(with models: BoundModels) throws -> Metrics {
    let groups = try source.playHeldOut(atMost: Self.heldOutProblems, with: models)
    var metrics = Metrics()
    for batch in batches(of: groups.map(labelled)) {
      let judged = zip(scores(batch, models).values, batch.isRight).map { ($0 > 0) == $1 }
      metrics.record("eval/step_accuracy", .mean(of: judged.map { $0 ? 1 : 0 }))
      metrics.record("eval/steps/right", .mean(of: batch.isRight.map { $0 ? 1 : 0 }))
    }
    return metrics
  }

  public func probe(_ groups: [LabelledGroup]) -> Probe { .none }

  public func dump(_ batch: Batch) -> JSON {
    var json = batch.packed.json
    json["rows"] = JSON(batch.rows.map { JSON(Int($0)) })
    json["is_right"] = JSON(batch.isRight.map { JSON($0) })
    return json
  }

  public static let metrics =
    MetricDefinition.ofRollouts + [
      MetricDefinition(
        "step_accuracy", "share of written steps whose score's sign says what they are"),
      MetricDefinition("steps/right", "share of those steps that are right"),
      MetricDefinition("eval/step_accuracy", "step_accuracy on at most 256 held-out problems"),
      MetricDefinition(
        "eval/steps/right", "share of those steps that are right: what calling each right scores"),
    ]
}
