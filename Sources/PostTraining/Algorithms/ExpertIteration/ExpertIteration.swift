import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore

/// Expert iteration: sample, keep what is good, learn it as if it had been demonstrated.
///
/// With verified completions this is the loop of STaR (Zelikman et al., 2022), continued from the
/// last policy; with the best of n by reward it is best-of-n distillation.
public struct ExpertIteration: Algorithm {
  public static let name = "expert_iteration"

  private let config: ExpertIterationConfig
  private let context: TrainingContext
  private var source: RolloutSource

  public init(_ config: ExpertIterationConfig, _ context: TrainingContext) throws {
    (self.config, self.context) = (config, context)
    source = try RolloutSource(config, context)
  }

  public var state: RolloutSource.State {
    get { source.state }
    set { source.state = newValue }
  }

  public static func requiredRoles(_ config: ExpertIterationConfig) -> Set<Role> {
    config.rewardRoles
  }

  public static func formula(_ config: ExpertIterationConfig) -> String {
    "L = -(1/N) Σ log π(y | x, y<t), over the N sampled tokens of an update's rows; kept of a "
      + "problem's \(config.numGenerations): at most \(config.keepPerPrompt), "
      + "\(config.selection.selection.summary), by \(config.reward.formula)"
  }

  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<[[SFT.Row]]> {
    var (asked, metrics, events) = try source.play(step: step, with: models)
    var rows = keep(in: &asked.groups)
    metrics.merge(asked.metrics)
    metrics.record("kept", .mean(sum: Double(rows.count), weight: 1))
    let solved = asked.groups.count { $0.rollouts.contains(where: \.verdict.isSuccess) }
    metrics.record("solved", .mean(sum: Double(solved), weight: Double(asked.groups.count)))
    if config.selection.selection.demonstrates {
      let unlearned = asked.groups.filter { !$0.isLearned }
      for group in unlearned {
        let choice = Choice(level: group.level, problem: group.problem)
        rows.append(try context.demonstration(of: choice))
      }
      metrics.record("demonstrated", .mean(sum: Double(unlearned.count), weight: 1))
    }
    return Collected(
      minibatches(of: rows, step: step), metrics: metrics, rollouts: asked.groups, events: events)
  }

  /// Chooses, and marks what was chosen with advantage 1: the loss is then the policy gradient's.
  private func keep(in groups: inout [RolloutGroup]) -> [SFT.Row] {
    let candidates = groups.map(\.candidates)
    let kept = config.selection.selection.kept(
      of: zip(groups, candidates).map { group, places in places.map { group.rollouts[$0] } },
      perPrompt: config.keepPerPrompt)
    var rows: [SFT.Row] = []
    for (index, places) in kept.enumerated() {
      for place in places {
        let rollout = candidates[index][place]
        groups[index].rollouts[rollout].advantage = 1
        let chosen = groups[index].rollouts[rollout]
        rows.append(
          SFT.Row(
            prompt: groups[index].prompt, completion: chosen.tokens, isScored: chosen.isSampled))
      }
    }
    return rows
  }

  /// The step's rows in a new order for each pass, in parts of at least `batch_size`.
  private func minibatches(of rows: [SFT.Row], step: Int) -> [[SFT.Row]] {
    guard !rows.isEmpty else { return [] }
    let random = context.random.split("order", step)
    let parts = max(1, rows.count / config.batchSize)
    return (0..<config.numIterations).flatMap { pass -> [[SFT.Row]] in
      var shuffle = random.split("pass", pass)
      let order = shuffle.permutation(of: rows.count)
      return (0..<parts).map { part -> [SFT.Row] in
        let first = part * rows.count / parts
        let end = (part + 1) * rows.count / parts
        return order[first..<end].map { rows[$0] }
      }
    }
  }

  public func update(
    _ index: Int, from minibatches: [[SFT.Row]], with models: BoundModels
  ) throws -> Update<SFT.Batch>? {
    guard index < minibatches.count else { return nil }
    return minibatches[index].update(microBatchRows: config.microBatchRows)
  }

  public func objective(on batch: SFT.Batch, with models: BoundModels) throws -> Objective {
    batch.crossEntropy(of: models[.policy])
  }

  public func probe(_ minibatches: [[SFT.Row]]) -> Probe { Array(minibatches.joined()).probe }

  public func dump(_ batch: SFT.Batch) -> JSON { batch.packed.json }
}

extension ExpertIteration {
  public static let metrics =
    MetricDefinition.ofRollouts + MetricDefinition.ofRewardMix + [
      MetricDefinition("solved", "share of problems with at least one success"),
      MetricDefinition("kept", unit: "rows", "completions that the step learns from"),
      MetricDefinition(
        "demonstrated", unit: "rows", "demonstrations learned in place of unsolved problems"),
      MetricDefinition("entropy", unit: "nats", "mean over learned tokens of -Σ p log p"),
    ]
}

extension RolloutGroup {
  /// Judged rollouts that say different things, the highest reward first and the earliest of equals.
  fileprivate var candidates: [Int] {
    var said: Set<[Int32]> = []
    let rewards = rollouts.map(\.reward)
    return rollouts.indices
      .filter { rewards[$0] != nil && said.insert(rollouts[$0].tokens).inserted }
      .sorted { (rewards[$1] ?? 0, $0) < (rewards[$0] ?? 0, $1) }
  }

  fileprivate var isLearned: Bool { rollouts.contains { $0.advantage > 0 } }
}
