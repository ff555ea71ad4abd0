import Foundation
import Objectives

/// A task so small that everything that can be said in it is listed, so that every expectation is
/// a sum: what a policy earns, the gradient of that, and what an estimator makes of samples.
public struct World: Sendable {
  public let name: String
  public let summary: String
  public let words: [String]
  /// The words a completion may have, the one that stops it included.
  public let horizon: Int
  public let completions: [Completion]
  /// Of each completion.
  public let rewards: [Double]
  /// The policy being trained.
  public let policy: TablePolicy
  public let reference: TablePolicy
  /// What the policy can expect from each state on: the exact value function.
  public private(set) var values: [Double] = []  // [S]
  /// The rate of the step of ascent that the behavior policy is behind.
  private let lag: Double

  /// - Parameters:
  ///   - stop: the word that ends a completion, if one does; it is chosen and trained as any other.
  ///   - reward: of the words of a completion.
  ///   - policy: the logits of the next word, by the number of a state; `reference` likewise.
  ///   - lag: the rate of the step of ascent that the behavior policy is behind the policy.
  public init(
    name: String, summary: String, words: [String], stop: String? = nil, horizon: Int, lag: Double,
    reward: ([String]) -> Double, policy: (_ state: Int) -> [Double],
    reference: (_ state: Int) -> [Double]
  ) {
    let all = Enumeration(
      words: words.count, stop: stop.flatMap { words.firstIndex(of: $0) }, horizon: horizon)
    (self.name, self.summary, self.words) = (name, summary, words)
    (self.horizon, self.lag) = (horizon, lag)
    completions = all.completions
    rewards = completions.map { reward($0.words.map { words[$0] }) }
    self.policy = TablePolicy(logits: (0..<all.stateCount).map(policy))
    self.reference = TablePolicy(logits: (0..<all.stateCount).map(reference))
    values = expectedRewards()
  }

  /// The policy before its last step, an exact one up the expected reward: ratios to it are not 1.
  public var behavior: TablePolicy {
    policy.moved(by: gradient(of: ExactObjective()), times: -lag)
  }

  /// A completion as text.
  public func text(of completion: Completion) -> String {
    completion.words.map { words[$0] }.joined(separator: " ")
  }
}

/// Who drew the samples that an estimator is given.
public enum Sampling: String, CaseIterable, Sendable {
  /// The policy itself: every ratio is exactly 1.
  case onPolicy = "on_policy"
  /// The behavior policy, which the policy has moved away from.
  case offPolicy = "off_policy"
}

extension World {
  public func sampler(_ sampling: Sampling) -> TablePolicy {
    sampling == .onPolicy ? policy : behavior
  }

  public func probabilities(under table: TablePolicy) -> [Double] {
    completions.map { exp(table.logProb(of: $0)) }
  }

  /// The least and the greatest ratio of the policy's probability of a next word to the behavior's.
  public var ratios: ClosedRange<Double> {
    let differences = zip(policy.rows, behavior.rows).flatMap { row, other in
      zip(row.logProbs, other.logProbs).map { $0 - $1 }
    }
    return exp(differences.min() ?? 0)...exp(differences.max() ?? 0)
  }
}
