import Configuration
import Objectives
import Worlds

/// The estimators whose bias `rl bias` measures, by the names that it takes.
public enum BiasTable {
  /// The name of all others together; a preset's variants are listed with the preset alone.
  public static let all = "all"

  public static var names: [String] { [all] + presets + others.map(\.name) }

  /// What no preset of `grpo` says: a name and its estimators a line.
  private static let others: [(name: String, estimators: [Estimator])] = [
    ("reinforce", [.reinforce]),
    ("gae", Estimator.critics),
    ("kl", Estimator.divergences),
  ]

  private static var presets: [String] { GRPOConfig.presets.keys.sorted() }

  /// The estimators called `name`; none if there is no such name.
  ///
  /// - Parameters:
  ///   - overrides: of the preset's keys; they need a preset.
  ///   - horizon: the longest completion there is.
  public static func estimators(
    named name: String, overrides: [Override] = [], horizon: Int
  ) throws -> [Estimator]? {
    if presets.contains(name) {
      return try variants(of: name, overrides: overrides, horizon: horizon)
    }
    guard let override = overrides.first else {
      if name == all {
        return try presets.map { try Estimator(preset($0, horizon), named: $0) }
          + others.flatMap(\.estimators)
      }
      return others.first { $0.name == name }?.estimators
    }
    throw ConfigError(
      path: "", reason: "\(override.argument): only a preset has keys, and \"\(name)\" is none")
  }

  /// The preset with its overrides, and what one other value of each of its choices makes of it.
  private static func variants(
    of name: String, overrides: [Override], horizon: Int
  ) throws -> [Estimator] {
    let given = try (["preset": JSON(name)] as JSON).applying(overrides)
    try check(given)
    let whole = preset(name, horizon).merging(given)
    let config = try JSON(encoding: read(GRPOConfig.self, from: whole))
    let title = ([name] + overrides.map(\.argument)).joined(separator: " ")
    var estimators = [try Estimator(whole, named: title)]
    for (key, words) in choices {
      for word in words where config[key]?.string != word {
        // What a configuration would be refused for is no estimator.
        let changed = whole.merging(JSON(members: [(key, JSON(word))]))
        if let estimator = try? Estimator(changed, named: "\(key)=\(word)") {
          estimators.append(estimator)
        }
      }
    }
    return estimators
  }

  private static func preset(_ name: String, _ horizon: Int) -> JSON {
    ["preset": JSON(name), "max_completion_length": JSON(horizon)]
  }

  /// The choices that make one method of another.
  private static let choices: [(key: String, words: [String])] = [
    ("surrogate", GRPOConfig.SurrogateChoice.allCases.map(\.rawValue)),
    ("importance_sampling_level", RatioLevel.allCases.map(\.rawValue)),
    ("aggregation", AggregationChoice.allCases.map(\.rawValue)),
    ("baseline", AdvantageBaseline.allCases.map(\.rawValue)),
    ("scale_rewards", AdvantageScale.allCases.map(\.rawValue)),
  ]

  /// The keys that a single step in a world reads.
  private static let keys =
    choices.map(\.key) + [
      "epsilon", "epsilon_high", "dual_clip", "beta", "kl_estimator", "kl_in", "entropy_coef",
      "best_of", "whiten_advantages", "gamma", "top_entropy_quantile", "off_policy_mask_threshold",
      "sapo_temperature_pos", "sapo_temperature_neg", "vespo_k_pos", "vespo_lambda_pos",
      "vespo_k_neg", "vespo_lambda_neg",
    ]

  private static func check(_ given: JSON) throws(ConfigError) {
    for member in given.members ?? [] where member.key != "preset" && !keys.contains(member.key) {
      let near = nearest(to: member.key, among: keys).map { "; did you mean \"\($0)\"?" } ?? ""
      throw ConfigError(
        path: member.key,
        reason: "not read here\(near.isEmpty ? ": expected one of " : near)"
          + (near.isEmpty ? keys.joined(separator: ", ") : ""))
    }
  }
}
