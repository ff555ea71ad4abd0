/// What each sampled token of a completion earned: `-β · k_t`, and the score on the last of them.
///
/// Ziegler et al., "Fine-Tuning Language Models from Human Preferences" (2019), equation 2. The
/// score sits on the last generated token, never behind it: one place later would discount it once
/// more. A completion that did not stop by itself is scored `score - missingEOSPenalty`.
///
/// - Parameters:
///   - divergences: of each sampled token, by an estimator such as `k1Divergences`; `[n]`.
///   - endsWithStop: the sampler's own finish reason, which no token id can tell.
public func tokenRewards(
  score: Double, divergences: [Double], beta: Double, endsWithStop: Bool = true,
  missingEOSPenalty: Double = 0
) -> [Double] {  // [n]
  var rewards = divergences.map { -beta * $0 }
  guard !rewards.isEmpty else { return rewards }
  rewards[rewards.count - 1] += endsWithStop ? score : score - missingEOSPenalty
  return rewards
}
