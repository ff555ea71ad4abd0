import Configuration
import Objectives

/// Which values go together: a key that the others leave unread must stay as it is.
extension GRPOConfig {
  public func validate() throws(ConfigError) {
    try validateSurrogate()
    try validateAdvantage()
    try validateDivergence()
    try validate(updatesPerCollection: updatesPerCollection)
  }

  private func validateSurrogate() throws(ConfigError) {
    if surrogate == .detached && epsilonHigh < 1 {
      throw ConfigError(
        path: "epsilon_high",
        reason: "is the highest ratio itself with \"surrogate\": \"detached\", and below 1 it "
          + "would shrink every gradient: expected at least 1, found \(epsilonHigh)")
    }
    let level: RatioLevel? =
      switch surrogate {
      case .gmpo: .sequence
      case .vespo: .sequenceProduct
      case .clipped, .detached, .sapo: nil
      }
    if let level, importanceSamplingLevel != level {
      throw ConfigError(
        path: "importance_sampling_level",
        reason: "expected \(level.rawValue), the level of \"surrogate\": "
          + "\"\(surrogate.rawValue)\", found \(importanceSamplingLevel.rawValue)")
    }
    let standard = GRPOConfig()
    let isSmooth = surrogate == .sapo || surrogate == .vespo
    let with = "with \"surrogate\": \"\(surrogate.rawValue)\""
    for (key, value, expected, isRead) in [
      ("epsilon", epsilon, standard.epsilon, !isSmooth),
      ("epsilon_high", epsilonHigh, standard.epsilonHigh, !isSmooth),
      ("dual_clip", dualClip, standard.dualClip, surrogate == .clipped),
      (
        "sapo_temperature_pos", sapoTemperaturePos, standard.sapoTemperaturePos, surrogate == .sapo
      ),
      (
        "sapo_temperature_neg", sapoTemperatureNeg, standard.sapoTemperatureNeg, surrogate == .sapo
      ),
      ("vespo_k_pos", vespoKPos, standard.vespoKPos, surrogate == .vespo),
      ("vespo_lambda_pos", vespoLambdaPos, standard.vespoLambdaPos, surrogate == .vespo),
      ("vespo_k_neg", vespoKNeg, standard.vespoKNeg, surrogate == .vespo),
      ("vespo_lambda_neg", vespoLambdaNeg, standard.vespoLambdaNeg, surrogate == .vespo),
    ] where !isRead && value != expected {
      throw ConfigError(
        path: key, reason: "not read \(with): expected \(expected), found \(value)")
    }
  }

  private func validateAdvantage() throws(ConfigError) {
    if numGenerations == 1 && baseline.isRelative {
      throw ConfigError(
        path: "num_generations",
        reason: "one rollout has nothing to be compared with: expected at least 2, or "
          + "\"baseline\": \"none\" or \"greedy\"")
    }
    if bestOf > 0 && baseline != .bestOfOthers {
      throw ConfigError(
        path: "best_of",
        reason: "not read with \"baseline\": \"\(baseline.rawValue)\": expected 0, found \(bestOf)")
    }
    if bestOf > numGenerations {
      throw ConfigError(
        path: "best_of",
        reason: "expected at most num_generations \(numGenerations), found \(bestOf)")
    }
    if (scaleRewards == .mean || scaleRewards == .maxMean) && baseline != .groupMean {
      throw ConfigError(
        path: "scale_rewards",
        reason: "\(scaleRewards.rawValue) is of the distance from the group's mean: expected "
          + "\"baseline\": \"group_mean\", found \"\(baseline.rawValue)\"")
    }
    if baseline == .greedy && !shaping.isEmpty {
      throw ConfigError(
        path: "shaping",
        reason: "a greedy completion is judged and not shaped: expected [] with "
          + "\"baseline\": \"greedy\"")
    }
  }

  private func validateDivergence() throws(ConfigError) {
    if klIn == .loss && klEstimator == .k1 && beta > 0 {
      throw ConfigError(
        path: "kl_estimator",
        reason: "k1 in the loss has an expected gradient of 0 and regularizes nothing: "
          + "expected exact, k2 or k3, or \"kl_in\": \"reward\"")
    }
    if beta == 0 && (klEstimator != .exact || klIn != .loss) {
      throw ConfigError(
        path: klIn != .loss ? "kl_in" : "kl_estimator",
        reason: "not read while \"beta\" is 0: expected a beta above 0, or kl_estimator exact "
          + "and kl_in loss")
    }
    if klIn != .loss && klEstimator != .k1 {
      throw ConfigError(
        path: "kl_estimator",
        reason: "expected k1 with \"kl_in\": \"\(klIn.rawValue)\", found \(klEstimator.rawValue)")
    }
  }
}
