import Configuration
import EnvironmentKit
import LanguageModels

/// The outcomes of an evaluation, problem by problem.
public struct Evaluation: Sendable {
  public let groups: [RolloutGroup]
  private let context: TrainingContext
  private let request: EvaluationRequest
  private var environment: Environment { context.environment }

  init(_ groups: [RolloutGroup], in context: TrainingContext, request: EvaluationRequest) {
    (self.groups, self.context, self.request) = (groups, context, request)
  }

  /// Mean success over problems, each the mean of its samples.
  public var success: Double { Estimate.successRate(outcomes(groups))?.value ?? 0 }

  /// Figures for each level and in total; a level with too few problems has `null` figures.
  public var json: JSON {
    let levels = environment.levels.enumerated().map { index, level in
      let own = groups.filter { $0.level == index }
      let isEnough = own.count >= environment.minimumKeys || environment.levels.count == 1
      return (key: level.name, value: isEnough ? figures(own) : ["n_items": JSON(own.count)])
    }
    return [
      "levels": JSON(members: levels), "total": figures(groups),
      "search": request.search.json(samples: request.samples),
      "split": JSON(request.split.rawValue), "fingerprint": JSON(environment.fingerprint),
      "version": JSON(environment.version),
    ]
  }

  private func outcomes(_ groups: [RolloutGroup]) -> [[Bool]] {
    groups.map { $0.rollouts.filter { $0.verdict.score != nil }.map(\.verdict.isSuccess) }
  }

  private func figures(_ groups: [RolloutGroup]) -> JSON {
    let rollouts = groups.flatMap(\.rollouts)
    let outcomes = outcomes(groups)
    let success = Estimate.successRate(outcomes)
    func mean(_ values: [Double]) -> JSON {
      values.isEmpty ? .null : JSON(values.reduce(0, +) / Double(values.count))
    }
    let scores = rollouts.compactMap(\.verdict.score)
    let floor = environment.constantFloor(of: groups.map(\.problem))
    return [
      "n_items": JSON(groups.count), "n_samples": JSON(rollouts.count),
      "success": number(success?.value), "success_se": number(success?.standardError),
      "ci95": success?.interval.map { [JSON($0.lowerBound), JSON($0.upperBound)] } ?? .null,
      "pass_at": JSON(members: passAt(outcomes)), "majority": mean(majority(groups)),
      "parse_rate": mean(rollouts.map { $0.verdict.isParsed ? 1 : 0 }),
      "truncated_rate": mean(rollouts.map { $0.finish == .length ? 1 : 0 }),
      "drop_rate": mean(rollouts.map { $0.verdict.score == nil ? 1 : 0 }),
      "reward_mean": mean(scores), "mean_length": mean(rollouts.map { Double($0.length) }),
      "tokens_per_item": mean(groups.map { Double($0.cost.tokens) }),
      "rows_per_item": mean(groups.map { Double($0.cost.rows) }),
      "floor_const": JSON(floor.score),
    ]
  }

  private func number(_ value: Double?) -> JSON { value.map { JSON($0) } ?? .null }

  /// Unbiased pass@k for powers of two up to the samples that every problem has.
  private func passAt(_ outcomes: [[Bool]]) -> [(key: String, value: JSON)] {
    let most = outcomes.map(\.count).min() ?? 0
    var k = 1
    var result: [(key: String, value: JSON)] = []
    while k <= most {
      if let estimate = try? Estimate.passAtK(k, outcomes) {
        result.append((key: "\(k)", value: JSON(estimate.value)))
      }
      k *= 2
    }
    return result
  }

  /// Whether the most frequent answer of each problem is right; who gave none does not vote.
  private func majority(_ groups: [RolloutGroup]) -> [Double] {
    groups.compactMap { group in
      let judged = group.rollouts.filter { $0.verdict.score != nil }
      guard let first = judged.first else { return nil }
      let winner = majorityVote(judged.map { context.answer(of: $0) }).map { judged[$0] } ?? first
      return winner.verdict.isSuccess ? 1 : 0
    }
  }
}
