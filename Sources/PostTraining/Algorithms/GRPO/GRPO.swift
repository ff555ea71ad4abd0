import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore

/// Group-relative policy optimization (Shao et al., "DeepSeekMath", 2024), and what differs from it
/// by values: the ratio's level, the clip, the aggregation, the advantage's scale, the divergence.
public struct GRPO: Algorithm {
  public static let name = "grpo"

  public struct Batch: Sendable {
    var packed: PackedTokens
    var tokens: TrainedTokens
    var behaviorLogProbs: Tensor  // [M]
    var advantages: Tensor  // [M]
    /// The policy has not moved since it sampled: every ratio must be exactly 1.
    var isOnPolicy: Bool
    /// What masks and corrections leave of each token in the surrogate; all of it without.
    var factors: Tensor?  // [M]
  }

  public struct State: Codable, Sendable, Equatable {
    var source: RolloutSource.State
    var replay: ReplayBuffer
  }

  let config: GRPOConfig
  let context: TrainingContext
  var source: RolloutSource
  var buffer = ReplayBuffer()

  public init(_ config: GRPOConfig, _ context: TrainingContext) throws {
    (self.config, self.context) = (config, context)
    source = try RolloutSource(config, context)
  }

  public var state: State {
    get { State(source: source.state, replay: buffer) }
    set { (source.state, buffer) = (newValue.source, newValue.replay) }
  }

  public static func requiredRoles(_ config: GRPOConfig) -> Set<Role> {
    config.rewardRoles.union(config.needsReference ? [.reference] : [])
  }

  public func update(
    _ index: Int, from groups: [RolloutGroup], with models: BoundModels
  ) throws -> Update<Batch>? {
    guard !groups.isEmpty, index < config.updatesPerCollection * config.numIterations else {
      return nil
    }
    let place = index % config.updatesPerCollection
    let fresh = part(place, of: groups.filter { $0.age == 0 })
    let minibatch = fresh + part(place, of: groups.filter { $0.age > 0 })
    // Skipped groups count, so that skipping a group without advantages changes no gradient.
    let totals = StepTotals(lengths: minibatch.flatMap { $0.judged.map(\.length) })
    let factors = factors(of: minibatch, models[.policy])
    let trained = minibatch.indices.filter {
      !minibatch[$0].isSkipped && !minibatch[$0].judged.isEmpty
    }
    let parts = microBatches(trained, limit: config.microBatchRows) { minibatch[$0].rows }
    let batches = parts.map { places in
      batch(
        places.map { minibatch[$0] }, totals, factors: places.flatMap { factors[$0] },
        isOnPolicy: index == 0)
    }
    return Update(trains: [.policy], batches: batches)
  }

  /// One update's share of the groups, in their order.
  private func part(_ place: Int, of groups: [RolloutGroup]) -> [RolloutGroup] {
    let parts = config.updatesPerCollection
    return Array(groups[groups.count * place / parts..<groups.count * (place + 1) / parts])
  }

  /// What masks over the whole update and corrections leave of each group's tokens.
  private func factors(
    of groups: [RolloutGroup], _ policy: any LanguageModel
  ) -> [[Float]] {
    var factors = groups.map { group in
      group.judged.flatMap { rollout in
        rollout.corrections.isEmpty
          ? Array(repeating: 1, count: rollout.length) : rollout.corrections
      }
    }
    guard config.topEntropyQuantile < 1 else { return factors }
    let entropies = groups.map { group -> [Float] in
      guard !group.judged.isEmpty else { return [] }
      var packed = PackedTokens()
      packed.append(group)
      return policy.statistics(of: packed, temperature: Float(config.temperature))
        .entropies.values
    }
    let masks = topEntropyMask(entropies, share: config.topEntropyQuantile)
    for (place, mask) in masks.enumerated() {
      factors[place] = zip(factors[place], mask).map { $0 * $1 }
    }
    return factors
  }

  private func batch(
    _ groups: [RolloutGroup], _ totals: StepTotals, factors: [Float], isOnPolicy: Bool
  ) -> Batch {
    var packed = PackedTokens()
    for group in groups { packed.append(group) }
    let rollouts = groups.flatMap(\.judged)
    let tokens = TrainedTokens(
      lengths: rollouts.map(\.length), aggregation: aggregation, totals: totals)
    return Batch(
      packed: packed, tokens: tokens,
      behaviorLogProbs: Tensor(rollouts.flatMap(\.scoredLogProbs)),
      advantages: Tensor(rollouts.flatMap { $0.learnedAdvantages.map { Float($0) } }),
      isOnPolicy: isOnPolicy,
      factors: factors.allSatisfy { $0 == 1 } ? nil : Tensor(factors))
  }

  var aggregation: Aggregation { config.aggregation.law(length: source.maximumTokens) }

  public func objective(on batch: Batch, with models: BoundModels) throws -> Objective {
    let loss = GRPOObjective(config: config)
    let (statistics, reference) = models.statistics(
      of: batch.packed, hidden: models[.policy].hiddenStates(of: batch.packed),
      temperature: Float(config.temperature), divergence: loss.divergence)
    var objective = loss(of: statistics, referenceLogProbs: reference, on: batch)
    if batch.isOnPolicy {
      objective.metrics.recordLogProbDifference(statistics.logProbs, batch.behaviorLogProbs)
    }
    return objective
  }
}

extension GRPO {
  public func probe(_ groups: [RolloutGroup]) -> Probe {
    Probe(groups, temperature: Float(config.temperature)) { $1.append($0) }
  }

  public func dump(_ batch: Batch) -> JSON {
    var json = batch.packed.json
    json["behavior_log_probs"] = .numbers(batch.behaviorLogProbs.values)
    json["advantages"] = .numbers(batch.advantages.values)
    json["weights"] = .numbers(batch.tokens.weights.values)
    if let factors = batch.factors { json["factors"] = .numbers(factors.values) }
    return json
  }
}

extension Rollout {
  /// The recorded log-probabilities of the sampled tokens alone.
  var scoredLogProbs: [Float] { zip(logProbs, isSampled).compactMap { $1 ? $0 : nil } }
}

extension RolloutGroup {
  /// The rollouts that can be learned from: one without a verdict is dropped, never scored 0.
  var judged: [Rollout] { rollouts.filter { $0.reward != nil } }

  /// Token rows of those rollouts when packed.
  var rows: Int { prompt.count + judged.reduce(0) { $0 + $1.tokens.count - 1 } }
}

extension PackedTokens {
  mutating func append(_ group: RolloutGroup) {
    append(prompt: group.prompt, continuations: group.judged.map { ($0.tokens, $0.isSampled) })
  }
}
