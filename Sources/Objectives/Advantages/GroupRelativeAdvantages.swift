/// How much better each rollout did than the others of its group: `r - mean(r)`, scaled.
///
/// A reward of `nil` is a rollout without a verdict: it takes no part in any mean or deviation and
/// its advantage is 0. A group whose rewards are all equal gets exactly 0. Deviations are the
/// sample's (Bessel), so that `scale: .group` keeps `|A| <= (G - 1) / √G` for any rewards.
///
/// - Parameter eta: added to the deviation; TRL's value. Deviations near it are damped.
public func groupRelativeAdvantages(
  _ groups: [[Double?]], scale: AdvantageScale, eta: Double = 1e-4
) -> [[Double]] {
  let batchDeviation =
    scale == .batch ? Spread(of: groups.joined().compactMap { $0 }).sampleDeviation : 0
  return groups.map { rewards in
    let spread = Spread(of: rewards.compactMap { $0 })
    guard !spread.isZero else { return rewards.map { _ in 0 } }
    let divisor = divisor(for: spread, scale, batchDeviation: batchDeviation, eta: eta)
    return rewards.map { reward in
      guard let reward else { return 0 }
      return spread.distanceFromMean(of: reward) / divisor
    }
  }
}

/// The advantages of one group that is a whole step.
public func groupRelativeAdvantages(
  _ rewards: [Double?], scale: AdvantageScale, eta: Double = 1e-4
) -> [Double] {
  groupRelativeAdvantages([rewards], scale: scale, eta: eta)[0]
}

private func divisor(
  for spread: Spread, _ scale: AdvantageScale, batchDeviation: Double, eta: Double
) -> Double {
  let count = Double(spread.values.count)
  return switch scale {
  case .none: 1
  case .group: spread.sampleDeviation + eta
  case .batch: batchDeviation + eta
  case .leaveOneOut: (count - 1) / count
  case .maxMean: max(spread.mean, 1 / count)
  }
}
