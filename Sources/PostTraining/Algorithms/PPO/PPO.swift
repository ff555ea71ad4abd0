import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore

/// Proximal policy optimization (Schulman et al., 2017) with a value function, as in RLHF (Ziegler
/// et al., 2019): every token has an advantage of its own, by generalized advantage estimation.
public struct PPO: Algorithm {
  public static let name = "ppo"

  /// A group with what its tokens turned out to be worth.
  public struct EstimatedGroup: Sendable {
    var group: RolloutGroup
    /// Of each judged rollout's sampled tokens.
    var estimates: [AdvantageEstimate]
    /// What the value function said of the states before those tokens.
    var values: [[Float]]
  }

  public struct Batch: Sendable {
    var packed: PackedTokens
    var tokens: TrainedTokens
    var behaviorLogProbs, behaviorValues, advantages, returns: Tensor  // [M]
    /// The policy has not moved since it sampled: every ratio must be exactly 1.
    var isOnPolicy: Bool
    /// The value function learns alone.
    var isWarmup: Bool
  }

  public struct State: Codable, Sendable, Equatable {
    var source: RolloutSource.State
    var divergence: AdaptiveKLController?
    var steps = 0
  }

  let config: PPOConfig
  let context: TrainingContext
  var source: RolloutSource
  /// Moves beta, where a divergence is to be kept.
  var divergence: AdaptiveKLController?
  /// Steps that have collected.
  var steps = 0

  public init(_ config: PPOConfig, _ context: TrainingContext) throws {
    (self.config, self.context) = (config, context)
    source = try RolloutSource(config, context)
    if config.klTarget > 0 {
      divergence = AdaptiveKLController(
        coefficient: config.beta, target: config.klTarget, horizon: config.klHorizon)
    }
  }

  public var state: State {
    get { State(source: source.state, divergence: divergence, steps: steps) }
    set {
      source.state = newValue.source
      (divergence, steps) = (newValue.divergence, newValue.steps)
    }
  }

  public static func requiredRoles(_ config: PPOConfig) -> Set<Role> {
    config.rewardRoles.union(config.beta > 0 ? [.reference] : [])
  }

  public static func policyOutput(_ config: PPOConfig) -> ModelOutput {
    config.sharedValue == nil ? .logits : .logitsAndValue
  }

  /// The weight of the divergence now.
  var beta: Double { divergence?.coefficient ?? config.beta }

  public func update(
    _ index: Int, from groups: [EstimatedGroup], with models: BoundModels
  ) throws -> Update<Batch>? {
    guard index < config.updatesPerCollection * config.numIterations else { return nil }
    let size = groups.count / config.updatesPerCollection
    let first = index % config.updatesPerCollection * size
    let minibatch = groups[first..<first + size]
    let totals = StepTotals(lengths: minibatch.flatMap { $0.group.judged.map(\.length) })
    let trained = minibatch.filter { !$0.group.judged.isEmpty }
    let parts = microBatches(trained, limit: config.microBatchRows, size: \.group.rows)
    let isWarmup = steps <= config.separateValue?.warmupSteps ?? 0
    let trains: [Role] =
      config.separateValue == nil ? [.policy] : isWarmup ? [.value] : [.policy, .value]
    return Update(
      trains: trains,
      batches: parts.map { batch($0, totals, isOnPolicy: index == 0, isWarmup: isWarmup) })
  }

  private func batch(
    _ items: [EstimatedGroup], _ totals: StepTotals, isOnPolicy: Bool, isWarmup: Bool
  ) -> Batch {
    var packed = PackedTokens()
    for item in items { packed.append(item.group) }
    let rollouts = items.flatMap(\.group.judged)
    func perToken(_ values: (AdvantageEstimate) -> [Double]) -> Tensor {
      Tensor(items.flatMap { $0.estimates.flatMap { values($0).map { Float($0) } } })
    }
    return Batch(
      packed: packed,
      tokens: TrainedTokens(
        lengths: rollouts.map(\.length), aggregation: .tokenMean, totals: totals),
      behaviorLogProbs: Tensor(rollouts.flatMap(\.scoredLogProbs)),
      behaviorValues: Tensor(items.flatMap { $0.values.flatMap { $0 } }),
      advantages: perToken(\.advantages), returns: perToken(\.returns),
      isOnPolicy: isOnPolicy, isWarmup: isWarmup)
  }

  public func probe(_ groups: [EstimatedGroup]) -> Probe {
    Probe(groups, temperature: Float(config.temperature)) { $1.append($0.group) }
  }

  public func dump(_ batch: Batch) -> JSON {
    var json = batch.packed.json
    json["behavior_log_probs"] = .numbers(batch.behaviorLogProbs.values)
    json["behavior_values"] = .numbers(batch.behaviorValues.values)
    json["advantages"] = .numbers(batch.advantages.values)
    json["returns"] = .numbers(batch.returns.values)
    json["weights"] = .numbers(batch.tokens.weights.values)
    return json
  }
}
