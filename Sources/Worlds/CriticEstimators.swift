import Objectives
import TensorCore

/// How good a value function is.
public enum Critic: String, CaseIterable, Sendable {
  /// What the policy can expect from each state.
  case exact
  /// The expected reward of the beginning, whatever was said since.
  case constant
}

extension Estimator {
  /// PPO's surrogate over generalized advantages, with the critic right or useless.
  public static let critics = Critic.allCases.flatMap { critic in
    [1, 0.95, 0].map { generalizedAdvantages(lambda: $0, critic) }
  }

  /// Advantages over a critic, with the reward on the last word and nothing discounted.
  public static func generalizedAdvantages(lambda: Double, _ critic: Critic) -> Estimator {
    Estimator("gae: \(lambda), \(critic.rawValue) critic") { group in
      let advantages = zip(group.rewards, group.values(critic)).flatMap { reward, values in
        Objectives.generalizedAdvantages(
          rewards: tokenRewards(score: reward, divergences: values.map { _ in 0 }, beta: 0),
          values: values, gamma: 1, lambda: lambda
        ).advantages
      }
      let tokens = group.tokens(.sequenceSum)
      return clippedSurrogate(
        group.ratios(.token, tokens), advantages: Tensor(advantages.map { Float($0) }),
        tokens: tokens, clip: RatioClip(low: 0.2, high: 0.2))
    }
  }
}
