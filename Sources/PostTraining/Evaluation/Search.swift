import Configuration
import EnvironmentKit
import LanguageModels

/// A score for each rollout of a group, by which best-of-n takes one, and the token rows that
/// were run to score them.
public typealias RolloutScoring = @Sendable (RolloutGroup) throws -> (scores: [Double], rows: Int)

/// By what a reward model says at each rollout's last generated token.
public func rewardScoring(by model: any LanguageModel) -> RolloutScoring {
  { group in
    let rows = group.rollouts.reduce(group.prompt.count) { $0 + $1.throughLastSampled.count }
    return (group.scores(by: model).map(Double.init), rows)
  }
}

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

  /// Leaves the rollout that answers, and adds to the group's cost; ties go to the earliest.
  func choose(
    in group: inout RolloutGroup, _ context: TrainingContext, _ scoring: RolloutScoring?
  ) throws {
    switch method {
    case .none, .beam: return
    case .majority:
      let winner = majorityVote(group.rollouts.map { context.answer(of: $0) }) ?? 0
      group.rollouts = [group.rollouts[winner]]
    case .bestOfN:
      let (scores, rows) = try scoring?(group) ?? (group.rollouts.map(normalizedLogProb), 0)
      let winner = scores.indices.max { (scores[$0], $1) < (scores[$1], $0) } ?? 0
      group.rollouts = [group.rollouts[winner]]
      group.cost.rows += rows
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
