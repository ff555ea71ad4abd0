import Objectives

/// The values that a configuration combines: surrogate and advantage.
extension GRPOConfig {
  var surrogateLaw: Surrogate {
    let (low, high) = (Float(epsilon), Float(epsilonHigh))
    return switch surrogate {
    case .clipped:
      .clipped(
        RatioClip(low: low, high: high, dualClip: dualClip > 0 ? Float(dualClip) : .infinity))
    case .detached: .detached((1 - low)...high)
    case .sapo:
      .soft(
        GateTemperatures(positive: Float(sapoTemperaturePos), negative: Float(sapoTemperatureNeg)))
    case .gmpo: .geometric(low: low, high: high)
    case .vespo:
      .gamma(
        GammaWeights(
          kPositive: Float(vespoKPos), lambdaPositive: Float(vespoLambdaPos),
          kNegative: Float(vespoKNeg), lambdaNegative: Float(vespoLambdaNeg)))
    }
  }

  var advantageRule: AdvantageRule {
    AdvantageRule(baseline: baseline, scale: scaleRewards, bestOf: bestOf)
  }

  var needsReference: Bool { beta > 0 }

  /// One advantage a sampled token of each rollout of each group of a step.
  ///
  /// - Parameter divergences: from the reference, of each of those tokens.
  func advantages(
    of groups: [RewardGroup], divergences: [[[Double]]]
  ) -> [[[Double]]] {
    let weight = klIn == .tokenReward ? beta : 0
    let tokens = zip(groupRelativeAdvantages(groups, advantageRule), divergences).map { pair in
      zip(pair.0, pair.1).map {
        tokenAdvantages(of: $0, divergences: $1, beta: weight, gamma: gamma)
      }
    }
    guard whitenAdvantages else { return tokens }
    // A rollout without a verdict is no part of the sample.
    let isJudged = groups.flatMap { $0.rewards.map { $0 != nil } }
    let sequences = zip(tokens.joined(), isJudged).map { $1 ? $0 : [] }
    var white = whitened(sequences).makeIterator()
    return tokens.map { group in
      group.map { own in
        guard let next = white.next(), !next.isEmpty else { return own.map { _ in 0 } }
        return next
      }
    }
  }
}
