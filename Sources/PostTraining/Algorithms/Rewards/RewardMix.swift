import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore

/// What a completion is worth: the shaped verdict and the reward model's score, each weighed.
public struct RewardMix: ConfigBlock, Equatable {
  public var verifier: Double = 1
  public var model: Double = 0
  public init() {}

  public static let keys = [
    KeyDescription("verifier", "weight of the verdict's reward, after shaping"),
    KeyDescription("model", "weight of the reward model's score"),
  ]

  public func validate() throws(ConfigError) {
    guard verifier == 0 && model == 0 else { return }
    throw ConfigError(path: "model", reason: "expected a weight other than 0, found none")
  }

  var needsModel: Bool { model != 0 }

  /// The mixture in a formula.
  var formula: String {
    [(verifier, "verdict"), (model, "reward model")].filter { $0.0 != 0 }
      .map { $0.0 == 1 ? $0.1 : "\($0.0) · \($0.1)" }.joined(separator: " + ")
  }

  /// Replaces the verdicts' rewards by the mixture; says what the reward model thinks of them.
  ///
  /// What could not be judged stays out, whatever the model would say of it.
  func apply(to groups: inout [RolloutGroup], step: Int, _ models: BoundModels) throws -> Metrics {
    var metrics = Metrics()
    if self == RewardMix() { return metrics }
    var (sum, count) = (0.0, 0.0)
    for place in groups.indices {
      let group = groups[place]
      let scores = needsModel ? group.scores(by: models[.reward]).map(Double.init) : []
      func mixed(_ reward: Double?, _ sample: Int) throws -> Double? {
        guard let reward else { return nil }
        let score = needsModel ? scores[sample] : 0
        guard score.isFinite else {
          throw DivergedError(
            step: step + 1, what: "the reward model's score", batch: group.json(step: step))
        }
        return verifier * reward + model * score
      }
      for (sample, rollout) in group.rollouts.enumerated() {
        groups[place].rollouts[sample].reward = try mixed(rollout.reward, sample)
        if needsModel && rollout.reward != nil { (sum, count) = (sum + scores[sample], count + 1) }
      }
      groups[place].greedy?.reward = try mixed(group.greedy?.reward, group.rollouts.count)
    }
    if needsModel { metrics.record("reward_model/mean", .mean(sum: sum, weight: count)) }
    return metrics
  }
}

extension MetricDefinition {
  static let ofRewardMix = [
    MetricDefinition("reward_model/mean", "mean score of the reward model, unweighed")
  ]
}

extension RolloutGroup {
  /// The reward model's score of each rollout, at its last generated token; the greedy one's is last.
  func scores(by model: any LanguageModel) -> [Float] {
    var packed = PackedTokens()
    let wholes = (rollouts + [greedy].compactMap { $0 }).map(\.throughLastSampled)
    let rows = packed.append(prompt: prompt, wholes: wholes)
    return model.scores(of: model.hiddenStates(of: packed), rows: rows).values
  }
}

extension Rollout {
  /// Its tokens up to the last one that was sampled.
  var throughLastSampled: [Int32] {
    Array(tokens[..<(isSampled.lastIndex(of: true).map { $0 + 1 } ?? 0)])
  }
}

extension RolloutConfig {
  /// Who is asked what a completion is worth.
  var rewardRoles: Set<Role> { reward.needsModel ? [.reward] : [] }
}
