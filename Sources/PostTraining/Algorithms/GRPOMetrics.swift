import Objectives

extension GRPO {
  public static let metrics =
    MetricDefinition.ofRollouts + [
      .logProbDifference,
      MetricDefinition(
        "reward/kl/mean", "mean of -β Σ (log π_b - log π_ref), where kl_in is reward"),
    ]

  public static func formula(_ config: GRPOConfig) -> String {
    let ratio =
      switch config.importanceSamplingLevel {
      case .token: "r = π(y_t)/π_b(y_t)"
      case .sequence: "r = (Π_t π/π_b)^(1/n)"
      case .sequenceProduct: "r = Π_t π/π_b"
      }
    let (lowest, highest) = (1 - config.epsilon, config.epsilonHigh)
    let gain =
      switch config.surrogate {
      case .clipped: "min(r·A, clip(r, \(lowest), \(1 + highest))·A)"
      case .detached: "sg[clip(r, \(lowest), \(highest))]·A·log π"
      }
    var loss = "L = -Σ \(config.aggregation.formula) · \(gain)"
    if config.beta > 0 && config.klIn == .loss {
      loss += " + \(config.beta) · KL(π‖π_ref) [\(config.klEstimator.rawValue)]"
    }
    if config.entropyCoef > 0 { loss += " - \(config.entropyCoef) · H(π)" }
    let reward =
      config.beta > 0 && config.klIn == .reward
      ? ", R = shaped reward - \(config.beta) · Σ_t log π_b/π_ref" : ""
    return "\(loss), \(ratio), A = \(config.scaleRewards.formula)\(reward)"
  }
}

extension GRPOConfig.AggregationChoice {
  /// A token's weight, for a plan.
  var formula: String {
    switch self {
    case .tokenMean: "1/N"
    case .sequenceMean: "1/(S·n)"
    case .constant: "1/(S·L)"
    case .sequenceSum: "1/S"
    }
  }
}

extension AdvantageScale {
  /// The advantage, for a plan.
  var formula: String {
    switch self {
    case .none: "R - mean"
    case .group: "(R - mean)/(sd of the group + 1e-4)"
    case .batch: "(R - mean)/(sd of the step + 1e-4)"
    case .leaveOneOut: "R - mean of the others"
    case .maxMean: "(R - mean)/max(mean, 1/G)"
    }
  }
}
