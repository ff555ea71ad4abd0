/// The reward that is trained on rises while raw success falls: the policy has found the bonus, or
/// what a reward model takes for the good.
///
/// Twenty steps are one figure, since a step's success is noise of some percent. Three figures that
/// rise one after another, against three that fall by 0.05 in all, are not chance; and a curriculum
/// that moves to a harder level lowers both.
struct ProxyReward: WarningRule {
  static let name = "proxy_reward"
  static let steps = 20
  static let fall = 0.05

  private var rewards = RecentValues()
  private var successes = RecentValues()
  private var means: [Pair] = []

  private struct Pair: Codable, Sendable {
    var reward, success: Double
  }

  mutating func observe(_ metrics: [String: Double]) -> String? {
    guard let reward = metrics["reward"], let success = metrics["success"] else { return nil }
    rewards.append(reward, keeping: Self.steps)
    successes.append(success, keeping: Self.steps)
    guard rewards.count == Self.steps else { return nil }
    means = means.suffix(2) + [Pair(reward: rewards.mean, success: successes.mean)]
    (rewards, successes) = (RecentValues(), RecentValues())
    guard means.count == 3, means[0].reward < means[1].reward, means[1].reward < means[2].reward,
      means[0].success > means[1].success, means[1].success > means[2].success,
      means[0].success - means[2].success >= Self.fall
    else { return nil }
    return "over \(3 * Self.steps) steps the reward rose from \(rounded(means[0].reward)) to "
      + "\(rounded(means[2].reward)) while success fell from \(percent(means[0].success)) to "
      + "\(percent(means[2].success)); try smaller bonuses in shaping, of a reward model's score a "
      + "larger beta or fewer steps, and read the rollouts for what earns them"
  }
}
