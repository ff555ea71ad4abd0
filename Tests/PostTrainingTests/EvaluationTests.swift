import Configuration
import EnvironmentKit
import LanguageModels
import Testing

@testable import PostTraining

@Suite struct EvaluationTests {
  private let setup: RunSetup

  init() throws {
    setup = try Workbench().setup(Workbench.config(["type": "grpo"]))
  }

  private enum Outcome {
    case right, wrong, unparsed, dropped
  }

  private func rollout(_ outcome: Outcome, _ tokens: [Int32], isTruncated: Bool = false) -> Rollout
  {
    let verdict = Verdict(
      score: outcome == .dropped ? nil : outcome == .right ? 1 : outcome == .wrong ? 0.5 : 0,
      isSuccess: outcome == .right, isParsed: outcome == .right || outcome == .wrong, reason: "")
    return Rollout(
      tokens: tokens, isSampled: tokens.map { _ in true }, logProbs: tokens.map { _ in -1 },
      finish: isTruncated ? .length : .stop, verdict: verdict, reward: verdict.score)
  }

  private func evaluation(_ problems: [[Rollout]]) -> Evaluation {
    let items = setup.environment.distinctItems(levels: [0], split: .train, atMost: 4)
    let groups = problems.enumerated().map { index, rollouts in
      RolloutGroup(
        index: index, level: 0, problem: items[index % items.count].problem, prompt: [1],
        rollouts: rollouts)
    }
    return Evaluation(
      groups, in: setup.context(ofStage: "stage"),
      request: EvaluationRequest(split: .eval, samples: 2))
  }

  /// Two problems of two samples: one half solved, one solved. Means 1/2 and 1, deviation √(1/8),
  /// error √(1/8)/√2 = 1/4; pass@2 is 1; both majorities are first of a tie.
  @Test func figuresOfATinyCase() throws {
    let evaluation = evaluation([
      [rollout(.right, [7, 8]), rollout(.wrong, [9], isTruncated: true)],
      [rollout(.right, [7]), rollout(.right, [7])],
    ])
    let total = try #require(evaluation.json["total"])
    #expect(evaluation.success == 0.75)
    #expect(total["n_items"]?.int == 2)
    #expect(total["n_samples"]?.int == 4)
    #expect(total["success"]?.double == 0.75)
    #expect(total["success_se"]?.double == 0.25)
    #expect(total["pass_at"]?["1"]?.double == 0.75)
    #expect(total["pass_at"]?["2"]?.double == 1)
    #expect(total["pass_at"]?.members?.count == 2)
    #expect(total["majority"]?.double == 1)
    #expect(total["parse_rate"]?.double == 1)
    #expect(total["truncated_rate"]?.double == 0.25)
    #expect(total["drop_rate"]?.double == 0)
    #expect(total["reward_mean"]?.double == 0.875)
    #expect(total["mean_length"]?.double == 1.25)
  }

  /// One sample a problem, one of four right: Wilson's interval at 95 % is [0.0456, 0.6994].
  @Test func aSingleSampleHasWilsonsInterval() throws {
    let evaluation = evaluation([
      [rollout(.right, [7])], [rollout(.wrong, [7])], [rollout(.unparsed, [7])],
      [rollout(.unparsed, [7])],
    ])
    let total = try #require(evaluation.json["total"])
    #expect(total["success"]?.double == 0.25)
    #expect(total["parse_rate"]?.double == 0.5)
    let interval = (total["ci95"]?.array ?? []).compactMap(\.double)
    #expect(interval.map { ($0 * 1e4).rounded() } == [456, 6994])
  }

  /// What could not be judged is counted as dropped, and nowhere as a failure.
  @Test func whatCouldNotBeJudgedIsNoFailure() throws {
    let evaluation = evaluation([
      [rollout(.right, [7]), rollout(.dropped, [8])],
      [rollout(.dropped, [8]), rollout(.dropped, [8])],
    ])
    let total = try #require(evaluation.json["total"])
    #expect(evaluation.success == 1)
    #expect(total["drop_rate"]?.double == 0.75)
    #expect(total["reward_mean"]?.double == 1)
    #expect(total["majority"]?.double == 1)
  }

  /// The order, the split and the batch in which problems are asked change no figure.
  @Test func anEvaluationIsAFunctionOfItsRequest() throws {
    let model = try setup.architecture.model(setup.initialParameters())
    var sampling = SamplingConfig()
    sampling.temperature = 1
    let one = EvaluationRequest(split: .train, samples: 3, sampling: sampling, seed: 1)
    var other = one
    other.seed = 2
    let first = try setup.evaluator(one).evaluate(model)
    #expect(try setup.evaluator(one).evaluate(model).json == first.json)
    let tokens = first.groups.map { $0.rollouts.map(\.tokens) }
    let others = try setup.evaluator(other).evaluate(model).groups.map { $0.rollouts.map(\.tokens) }
    #expect(others != tokens)
    var fewer = one
    fewer.episodes = 2
    let part = try setup.evaluator(fewer).evaluate(model).groups.map { $0.rollouts.map(\.tokens) }
    #expect(part == Array(tokens.prefix(2)))
  }
}
