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
  }

  let config: GRPOConfig
  let context: TrainingContext
  var source: RolloutSource

  public init(_ config: GRPOConfig, _ context: TrainingContext) throws {
    (self.config, self.context) = (config, context)
    source = try RolloutSource(config, context)
  }

  public var state: RolloutSource.State {
    get { source.state }
    set { source.state = newValue }
  }

  public static func requiredRoles(_ config: GRPOConfig) -> Set<Role> {
    config.needsReference ? [.reference] : []
  }

  public func update(
    _ index: Int, from groups: [RolloutGroup], with models: BoundModels
  ) throws -> Update<Batch>? {
    guard !groups.isEmpty, index < config.updatesPerCollection * config.numIterations else {
      return nil
    }
    let size = groups.count / config.updatesPerCollection
    let first = index % config.updatesPerCollection * size
    let minibatch = Array(groups[first..<first + size])
    // Skipped groups count, so that skipping a group without advantages changes no gradient.
    let totals = StepTotals(lengths: minibatch.flatMap { $0.judged.map(\.length) })
    let trained = minibatch.filter { !$0.isSkipped && !$0.judged.isEmpty }
    let parts = microBatches(trained, limit: config.microBatchRows) { group in
      group.prompt.count + group.judged.reduce(0) { $0 + $1.tokens.count - 1 }
    }
    return Update(
      trains: [.policy], batches: parts.map { batch($0, totals, isOnPolicy: index == 0) })
  }

  private func batch(_ groups: [RolloutGroup], _ totals: StepTotals, isOnPolicy: Bool) -> Batch {
    var packed = PackedTokens()
    for group in groups { packed.append(group) }
    let rollouts = groups.flatMap(\.judged)
    let tokens = TrainedTokens(
      lengths: rollouts.map(\.length), aggregation: aggregation, totals: totals)
    return Batch(
      packed: packed, tokens: tokens,
      behaviorLogProbs: Tensor(rollouts.flatMap(\.scoredLogProbs)),
      advantages: tokens.repeating(rollouts.map(\.advantage)), isOnPolicy: isOnPolicy)
  }

  var aggregation: Aggregation { config.aggregation.law(length: source.maximumTokens) }

  public func objective(on batch: Batch, with models: BoundModels) throws -> Objective {
    let temperature = Float(config.temperature)
    let loss = GRPOObjective(config: config)
    let divergence = loss.divergence
    let statistics = models[.policy].statistics(
      of: batch.packed, temperature: temperature,
      other: divergence == .exact ? models[.reference] : nil,
      divergence: divergence == .exact ? .reverseKL : .none)
    let isSampled = divergence != nil && divergence != .exact
    let reference =
      isSampled
      ? models[.reference].statistics(of: batch.packed, temperature: temperature).logProbs.detached
      : nil
    var objective = loss(of: statistics, referenceLogProbs: reference, on: batch)
    if batch.isOnPolicy {
      objective.metrics.recordLogProbDifference(statistics.logProbs, batch.behaviorLogProbs)
    }
    return objective
  }
}

/// What a batch's loss is once a model has said what its tokens are worth: no model, no run.
struct GRPOObjective {
  let config: GRPOConfig

  /// The divergence that joins the loss, if one does.
  var divergence: GRPOConfig.KLEstimator? {
    config.beta > 0 && config.klIn == .loss ? config.klEstimator : nil
  }

  /// - Parameter referenceLogProbs: `[M]`, read where `divergence` is sampled.
  func callAsFunction(
    of statistics: TokenStatistics, referenceLogProbs: Tensor?, on batch: GRPO.Batch
  ) -> Objective {
    let ratios = ImportanceRatios(
      logProbs: statistics.logProbs, behaviorLogProbs: batch.behaviorLogProbs, tokens: batch.tokens,
      level: config.importanceSamplingLevel)
    var objective = surrogate(ratios, statistics.logProbs, batch)
    if let divergence {
      let divergences =
        divergence == .exact
        ? statistics.divergences
        : sampledDivergences(statistics.logProbs, ratios, reference: referenceLogProbs)
      objective =
        objective + klPenalty(divergences, coefficient: Float(config.beta), tokens: batch.tokens)
    }
    if config.entropyCoef > 0 {
      objective =
        objective
        + entropyBonus(
          statistics.entropies, coefficient: Float(config.entropyCoef), tokens: batch.tokens)
    } else {
      objective.metrics.record("entropy", .mean(of: statistics.entropies.values))
    }
    return objective
  }

  private func surrogate(
    _ ratios: ImportanceRatios, _ logProbs: Tensor, _ batch: GRPO.Batch
  ) -> Objective {
    let (low, high) = (Float(config.epsilon), Float(config.epsilonHigh))
    switch config.surrogate {
    case .clipped:
      let clip = RatioClip(
        low: low, high: high, dualClip: config.dualClip > 0 ? Float(config.dualClip) : .infinity)
      return clippedSurrogate(
        ratios, advantages: batch.advantages, tokens: batch.tokens, clip: clip)
    case .detached:
      return cispo(
        ratios, logProbs: logProbs, advantages: batch.advantages, tokens: batch.tokens,
        bounds: (1 - low)...high)
    }
  }

  private func sampledDivergences(
    _ logProbs: Tensor, _ ratios: ImportanceRatios, reference: Tensor?
  ) -> Tensor {
    guard let reference else {
      preconditionFailure("GRPOObjective: a sampled divergence needs the reference's logProbs")
    }
    return config.klEstimator == .k2
      ? k2Divergences(logProbs: logProbs, referenceLogProbs: reference)
      : k3Divergences(logProbs: logProbs, referenceLogProbs: reference, correctedBy: ratios)
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
}

extension PackedTokens {
  mutating func append(_ group: RolloutGroup) {
    append(prompt: group.prompt, continuations: group.judged.map { ($0.tokens, $0.isSampled) })
  }
}
