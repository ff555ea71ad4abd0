import Configuration
import EnvironmentKit
import LanguageModels

/// A score for each rollout of a group, by which best-of-n takes one.
public typealias RolloutScoring = @Sendable (RolloutGroup) throws -> [Double]

/// How one answer is found for what several would cost. Nothing here knows a verdict.
public struct Search: Sendable, Equatable {
  public enum Method: String, Sendable, CaseIterable {
    /// Every sample counts by itself.
    case none
    /// The sample with the highest score.
    case bestOfN = "best_of_n"
    /// The most frequent answer (Wang et al., "Self-consistency", 2022).
    case majority
    /// A beam as wide as there would be samples, for each turn.
    case beam
  }

  public var method = Method.none
  /// best_of_n without another scoring, and beam, compare `Σ log p / tokensᵖ`.
  public var lengthPenalty = 0.0

  public init(_ method: Method = .none, lengthPenalty: Double = 0) {
    (self.method, self.lengthPenalty) = (method, lengthPenalty)
  }

  /// The rollout that answers; `nil` where all do. Ties go to the earliest.
  func answer(
    among group: RolloutGroup, in context: TrainingContext, _ scoring: RolloutScoring?
  ) throws -> Int? {
    switch method {
    case .none, .beam: return nil
    case .majority: return majorityVote(group.rollouts.map { context.answer(of: $0) }) ?? 0
    case .bestOfN:
      let scores = try scoring?(group) ?? group.rollouts.map(normalizedLogProb)
      return scores.indices.max { (scores[$0], $1) < (scores[$1], $0) }
    }
  }

  private func normalizedLogProb(of rollout: Rollout) -> Double {
    let logProb = rollout.logProbs.reduce(0) { $0 + Double($1) }
    return lengthNormalized(logProb, tokens: rollout.length, penalty: lengthPenalty)
  }

  func json(samples: Int) -> JSON {
    method == .none
      ? ["type": JSON(method.rawValue)]
      : [
        "type": JSON(method.rawValue), "n": JSON(samples), "length_penalty": JSON(lengthPenalty),
      ]
  }
}

extension TrainingContext {
  /// The answer that a rollout's last turn gave, in its one spelling; `nil` where it gave none.
  func answer(of rollout: Rollout) -> [UInt8]? {
    let start = rollout.isSampled.lastIndex(of: false).map { $0 + 1 } ?? 0
    return environment.canonicalAnswer(
      in: text(of: rollout.tokens[start...], rollout.finish),
      isTruncated: rollout.finish == .length)
  }
}
