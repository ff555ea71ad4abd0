/// The policy is certain of what is wrong: its samples are all alike, and nothing is compared.
///
/// At 0.02 nats a token the likeliest token has about 99.7 %: of eight completions of five tokens
/// nine times in ten none differs from the others. A tenth of where the stage began sets apart a
/// policy that was certain from the start, and a success below 0.8 one that may well be certain.
struct EntropyCollapse: WarningRule {
  static let name = "entropy_collapse"
  static let steps = 10
  static let entropy = 0.02
  static let shareOfFirst = 0.1
  static let success = 0.8

  private var first = RecentValues()
  private var entropies = RecentValues()
  private var successes = RecentValues()

  mutating func observe(_ metrics: [String: Double]) -> String? {
    guard let entropy = metrics["entropy"], let success = metrics["success"] else { return nil }
    if first.count < Self.steps { first.append(entropy, keeping: Self.steps) }
    entropies.append(entropy, keeping: Self.steps)
    successes.append(success, keeping: Self.steps)
    guard entropies.count == Self.steps, entropies.mean < Self.entropy,
      entropies.mean < Self.shareOfFirst * first.mean, successes.mean < Self.success
    else { return nil }
    return "the entropy fell to less than a tenth of the stage's first steps while "
      + "\(percent(1 - successes.mean)) of the answers are wrong; try a lower learning_rate, "
      + "entropy_coef, beta, a higher epsilon_high, or the shaper novelty"
  }
}
