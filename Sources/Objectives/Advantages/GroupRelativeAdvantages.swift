/// How much better each rollout did than what it is compared with: a baseline and a divisor.
public struct AdvantageRule: Sendable, Equatable {
  public var baseline: AdvantageBaseline
  public var scale: AdvantageScale
  /// `k` of `bestOfOthers`; 0 is the whole group.
  public var bestOf: Int
  /// Added to a deviation; TRL's value. Deviations near it are damped.
  public var eta: Double

  public init(
    baseline: AdvantageBaseline = .groupMean, scale: AdvantageScale = .none, bestOf: Int = 0,
    eta: Double = 1e-4
  ) {
    (self.baseline, self.scale, self.bestOf, self.eta) = (baseline, scale, bestOf, eta)
  }
}

/// The advantages of a step's rollouts, `(r - baseline) / scale`, one a rollout.
///
/// A reward of `nil` is a rollout without a verdict: it takes no part in any mean or deviation and
/// its advantage is 0. Where the baseline is the group's own, a group whose rewards are all equal
/// gets exactly 0, one rollout alone among them. Deviations are the sample's (Bessel), so that with
/// the group's mean `scale: .group` keeps `|A| <= (G - 1) / √G` for any rewards.
public func groupRelativeAdvantages(
  _ groups: [RewardGroup], _ rule: AdvantageRule
) -> [[Double]] {
  let batchDeviation =
    rule.scale == .batch
    ? Spread(of: groups.flatMap(\.rewards).compactMap { $0 }).sampleDeviation : 0
  return groups.map { group in
    let spread = Spread(of: group.rewards.compactMap { $0 })
    let divisor = divisor(for: spread, rule, batchDeviation: batchDeviation)
    guard let divisor, !(rule.baseline.isRelative && spread.isZero) else {
      return group.rewards.map { _ in 0 }
    }
    let distances = distances(in: group, spread, rule)
    return zip(group.rewards, distances).map { $0 == nil ? 0 : $1 / divisor }
  }
}

/// The advantages of one group that is a whole step.
public func groupRelativeAdvantages(_ rewards: [Double?], _ rule: AdvantageRule) -> [Double] {
  groupRelativeAdvantages([RewardGroup(rewards)], rule)[0]
}

/// Each reward's distance from its baseline; of a rollout without a verdict, anything.
private func distances(
  in group: RewardGroup, _ spread: Spread, _ rule: AdvantageRule
) -> [Double] {
  let rewards = group.rewards
  let count = Double(spread.values.count)
  switch rule.baseline {
  case .none: return rewards.map { $0 ?? 0 }
  case .greedy:
    // A greedy rollout without a verdict compares with nothing.
    guard let greedy = group.greedyReward else { return rewards.map { _ in 0 } }
    return rewards.map { ($0 ?? 0) - greedy }
  case .groupMean: return rewards.map { spread.distanceFromMean(of: $0 ?? 0) }
  case .leaveOneOut:
    return rewards.map { spread.distanceFromMean(of: $0 ?? 0) / ((count - 1) / count) }
  case .lengthWeighted:
    let weights = zip(rewards, group.lengths).compactMap { $0 == nil ? nil : Double($1) }
    return rewards.map { spread.distance(of: $0 ?? 0, fromMeanWeightedBy: weights) }
  case .bestOfOthers:
    let best = BestOf(rule.bestOf, among: spread.values)
    return rewards.map { $0.map(best.gain) ?? 0 }
  }
}

/// `nil` where the rule gives the whole group 0.
private func divisor(
  for spread: Spread, _ rule: AdvantageRule, batchDeviation: Double
) -> Double? {
  switch rule.scale {
  case .none: 1
  case .group: spread.sampleDeviation + rule.eta
  case .batch: batchDeviation + rule.eta
  case .mean: spread.mean > 0 ? spread.mean : nil
  case .maxMean: max(spread.mean, 1 / Double(spread.values.count))
  }
}
