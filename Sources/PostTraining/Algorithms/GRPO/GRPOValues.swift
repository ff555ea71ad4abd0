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

  /// Whether a token learns by something else than its rollout's advantage.
  var hasTokenAdvantages: Bool {
    gamma < 1 || whitenAdvantages || (beta > 0 && klIn == .tokenReward)
  }

  /// What each sampled token of a step's rollouts learns by.
  ///
  /// - Parameter divergences: from the reference, of each of those tokens.
  func tokenAdvantages(of advantages: [Double], divergences: [[Double]]) -> [[Double]] {
    let weight = klIn == .tokenReward ? beta : 0
    let tokens = zip(advantages, divergences).map {
      Objectives.tokenAdvantages(of: $0, divergences: $1, beta: weight, gamma: gamma)
    }
    return whitenAdvantages ? whitened(tokens) : tokens
  }
}
