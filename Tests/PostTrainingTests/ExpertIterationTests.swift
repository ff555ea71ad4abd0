import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Testing
import Tokenizers

@testable import PostTraining

@Suite struct ExpertIterationTests {
  private struct Learning {
    var trainer: Trainer<ExpertIteration>
    let context: TrainingContext

    init(_ keys: JSON) throws {
      let stage: JSON = [
        "type": "expert_iteration", "max_steps": 300, "prompts_per_step": 7, "num_generations": 8,
        "batch_size": 3, "optimizer": ["learning_rate": 3e-3],
      ]
      let setup = try Workbench().setup(Workbench.config(stage.merging(keys)))
      let config = try #require(
        setup.config.stages.entries[0].value.stage as? ExpertIterationConfig)
      trainer = Trainer(
        try ExpertIteration(config, setup.context(ofStage: "stage")), config: config,
        models: try setup.models())
      context = setup.context(ofStage: "stage")
    }

    mutating func step() throws -> Trainer<ExpertIteration>.Report { try trainer.advance() }
  }

  private func rollout(_ token: Int32, reward: Double?) -> Rollout {
    Rollout(
      tokens: [token], isSampled: [true], logProbs: [-1], finish: .stop,
      verdict: Verdict(score: reward, isSuccess: reward == 1, isParsed: true, reason: ""),
      reward: reward)
  }

  /// Candidates come best first: of rewards 1, 1, 0.5 and of 0.75, 0.25.
  @Test func selectionsKeepWhatTheySay() {
    let candidates = [
      [rollout(1, reward: 1), rollout(2, reward: 1), rollout(3, reward: 0.5)],
      [rollout(4, reward: 0.75), rollout(5, reward: 0.25)], [],
    ]
    let verified = VerifiedSelection()
    #expect(verified.kept(of: candidates, perPrompt: 1) == [[0], [], []])
    #expect(verified.kept(of: candidates, perPrompt: 3) == [[0, 1], [], []])
    let best = BestOfNSelection()
    #expect(best.kept(of: candidates, perPrompt: 1) == [[0], [0], []])
    #expect(best.kept(of: candidates, perPrompt: 2) == [[0, 1], [0, 1], []])
    var top = TopFractionSelection()
    top.fraction = 0.5  // of five, rounded up to three: 1, 1 and 0.75
    #expect(top.kept(of: candidates, perPrompt: 3) == [[0, 1], [0], []])
    #expect(top.kept(of: candidates, perPrompt: 1) == [[0], [], []])
  }

  /// Where a reward model alone says what is best, its highest score is what is kept.
  @Test func aRewardModelSaysWhatIsBest() throws {
    var learning = try Learning([
      "selection": ["type": "best_of_n"], "reward": ["verifier": 0, "model": 1],
    ])
    let judge = try learning.trainer.models.bound()[.reward]
    let groups = try learning.step().collected.rollouts
    for group in groups {
      let scores = group.scores(by: judge).map(Double.init)
      #expect(group.rollouts.map(\.reward) == scores)
      let kept = group.rollouts.filter { $0.advantage == 1 }
      #expect(kept.count == 1 && kept[0].reward == scores.max())
    }
    #expect(groups.contains { group in group.rollouts.contains { !$0.verdict.isSuccess } })
  }

  /// Each problem's best completion is a row, learned once, in parts of at least `batch_size`.
  @Test func theBestOfEachProblemIsLearned() throws {
    var learning = try Learning(["selection": ["type": "best_of_n"]])
    let report = try learning.step()
    let groups = report.collected.rollouts
    #expect(report.collected.experience.map(\.count).sorted() == [3, 4])
    let rows = Array(report.collected.experience.joined())
    for group in groups {
      let chosen = group.rollouts.filter { $0.advantage == 1 }
      #expect(chosen.count == 1)
      #expect(chosen[0].reward == group.rollouts.compactMap(\.reward).max())
      #expect(rows.contains { $0.completion == chosen[0].tokens && $0.prompt == group.prompt })
    }
    #expect(report.metrics["kept"] == 7 && report.metrics["demonstrated"] == nil)
    let lengths = groups.flatMap(\.rollouts).map { Double($0.length) }
    #expect(report.metrics["num_tokens"] == lengths.reduce(0, +))
    let scores = groups.flatMap(\.rollouts).compactMap(\.reward)
    #expect(report.metrics["reward"] == scores.reduce(0, +) / Double(scores.count))
    let defined =
      MetricDefinition.ofTraining + MetricDefinition.ofCollection + ExpertIteration.metrics
    for key in report.metrics.values.keys {
      #expect(defined.contains { $0.defines(key) }, "\(key)")
    }
  }

  /// Passes visit the same rows in other orders.
  @Test func everyPassHasAllRows() throws {
    var learning = try Learning([
      "selection": ["type": "best_of_n"], "num_iterations": 2, "batch_size": 100,
    ])
    let passes = try learning.step().collected.experience.map {
      $0.map { $0.prompt + $0.completion }
    }
    #expect(passes.count == 2 && passes[0].count == 7)
    #expect(Set(passes[0]) == Set(passes[1]) && passes[0] != passes[1])
  }

  /// Equal completions of a problem are one row.
  @Test func whatIsKeptIsDistinct() throws {
    var learning = try Learning([
      "selection": ["type": "best_of_n"], "keep_per_prompt": 100, "max_completion_length": 1,
      "num_generations": 40,
    ])
    let report = try learning.step()
    for group in report.collected.rollouts {
      let kept = group.rollouts.filter { $0.advantage == 1 }.map(\.tokens)
      #expect(Set(kept).count == kept.count && Set(kept) == Set(group.rollouts.map(\.tokens)))
      #expect(kept.count < 40)
    }
  }

  /// An untrained policy solves nothing: no update, or what the environment demonstrates.
  @Test func unsolvedProblemsTeachWhatIsChosen() throws {
    var skipping = try Learning([:])
    let nothing = try skipping.step()
    #expect(nothing.metrics["solved"] == 0 && nothing.metrics["kept"] == 0)
    #expect(nothing.collected.experience.isEmpty && nothing.metrics["loss"] == nil)
    var showing = try Learning([
      "selection": ["type": "verified", "unsolved": "demonstration"]
    ])
    let report = try showing.step()
    #expect(report.metrics["demonstrated"] == 7)
    let rows = report.collected.experience.joined()
    for group in report.collected.rollouts {
      let row = try #require(rows.first { $0.prompt == group.prompt })
      let text = showing.context.tokenizer.decode(row.completion)
      let shown = showing.context.environment.demonstration(for: group.problem)
      #expect(text == Array(shown.utf8) && row.length == row.completion.count)
    }
  }

  /// The best of 8 by the share of right letters, learned 40 times: the mean reward rises by a third
  /// of what is missing.
  @Test func distillingTheBestLearns() throws {
    var learning = try Learning([
      "selection": ["type": "best_of_n"], "prompts_per_step": 16, "batch_size": 8,
    ])
    let first = try #require(try learning.step().metrics["reward"])
    var last = 0.0
    for _ in 0..<40 { last = try learning.step().metrics["reward"] ?? 0 }
    #expect(last > first + (1 - first) / 3, "\(first) to \(last)")
  }
}
