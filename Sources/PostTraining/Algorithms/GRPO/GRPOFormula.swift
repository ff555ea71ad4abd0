import Objectives

/// The formula that a configuration minimizes, for a plan.
extension GRPO {
  public static func formula(_ config: GRPOConfig) -> String {
    var loss = "L = -Σ \(config.aggregation.formula) · \(gain(config))"
    if config.beta > 0 && config.klIn == .loss {
      loss += " + \(config.beta) · KL(π‖π_ref) [\(config.klEstimator.rawValue)]"
    }
    if config.entropyCoef > 0 { loss += " - \(config.entropyCoef) · H(π)" }
    return
      ([loss, ratio(config), "A = \(advantage(config))"] + reward(config) + corrections(config))
      .joined(separator: ", ")
  }

  private static func ratio(_ config: GRPOConfig) -> String {
    switch config.importanceSamplingLevel {
    case .token: "r = π(y_t)/π_b(y_t)"
    case .sequence: "r = (Π_t π/π_b)^(1/n)"
    case .sequenceProduct: "r = Π_t π/π_b"
    }
  }

  private static func gain(_ config: GRPOConfig) -> String {
    let (low, high) = (config.epsilon, config.epsilonHigh)
    let (pos, neg) = (config.sapoTemperaturePos, config.sapoTemperatureNeg)
    return switch config.surrogate {
    case .clipped: "min(r·A, clip(r, \(1 - low), \(1 + high))·A)"
    case .detached: "sg[clip(r, \(1 - low), \(high))]·A·log π"
    case .sapo: "(4/τ)·σ(τ·(r - 1))·A, τ = \(pos) if A > 0 else \(neg)"
    case .gmpo: "r·A with each log(π/π_b) in \(-low)...\(high) where that lowers r·A"
    case .vespo:
      "sg[e^λ·r^k·e^(-λ·r)]·A·log π, (k, λ) = (\(config.vespoKPos), \(config.vespoLambdaPos)) "
        + "if A ≥ 0 else (\(config.vespoKNeg), \(config.vespoLambdaNeg))"
    }
  }

  private static func advantage(_ config: GRPOConfig) -> String {
    var advantage = config.advantageRule.formula
    if config.gamma < 1 { advantage += ", \(config.gamma)^(n - t) of it" }
    if config.beta > 0 && config.klIn == .tokenReward {
      advantage += " - \(config.beta) · Σ_(s ≥ t) \(config.gamma)^(s - t) · log π_b/π_ref"
    }
    return config.whitenAdvantages ? "whitened over the step's tokens [\(advantage)]" : advantage
  }

  private static func reward(_ config: GRPOConfig) -> [String] {
    let divergence =
      config.beta > 0 && config.klIn == .reward ? " - \(config.beta) · Σ_t log π_b/π_ref" : ""
    return ["R = \(config.reward.formula)\(divergence)"]
  }

  private static func corrections(_ config: GRPOConfig) -> [String] {
    var notes: [String] = []
    if config.topEntropyQuantile < 1 {
      notes.append("over the \(config.topEntropyQuantile) of the update's tokens with the most H")
    }
    if config.offPolicyMaskThreshold > 0 {
      notes.append(
        "without bad tokens of sequences with mean log π_b/π > \(config.offPolicyMaskThreshold)")
    }
    if config.replay.isOn {
      notes.append(
        "with \(config.replay.groups) groups of earlier steps, whose tokens weigh "
          + "min(\(config.replay.ratioCap), π_now/π_b)")
    }
    return notes
  }
}

extension AdvantageRule {
  /// A rollout's advantage from its reward `R`, for a plan.
  var formula: String {
    let others = bestOf == 0 ? "all others" : "\(bestOf - 1) of the others"
    let distance =
      switch baseline {
      case .groupMean: "R - mean"
      case .leaveOneOut: "R - mean of the others"
      case .lengthWeighted: "R - Σ n·R/Σ n"
      case .greedy: "R - R of the greedy completion"
      case .bestOfOthers: "E max(0, R - best of \(others))"
      case .none: "R"
      }
    return switch scale {
    case .none: distance
    case .group: "(\(distance))/(sd of the group + 1e-4)"
    case .batch: "(\(distance))/(sd of the step + 1e-4)"
    case .mean: "(\(distance))/mean where the mean is above 0"
    case .maxMean: "(\(distance))/max(mean, 1/G)"
    }
  }
}
