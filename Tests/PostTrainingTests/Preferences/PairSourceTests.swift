import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Testing
import Tokenizers

@testable import PostTraining

@Suite struct PairSourceTests {
  /// A group whose completions are one token each, `rewards[i]` for token `i`.
  private func group(_ rewards: [Double?]) -> RolloutGroup {
    RolloutGroup(
      index: 0, level: 0, problem: Problem(key: "a*2", question: "emit a*2:", answer: "aa"),
      prompt: [1],
      rollouts: rewards.enumerated().map { index, reward in
        Rollout(
          tokens: [Int32(index)], isSampled: [true], logProbs: [-1], finish: .stop,
          verdict: Verdict(
            score: reward, isSuccess: reward == 1, isParsed: true, reason: "for a test"),
          reward: reward)
      })
  }

  private func context() throws -> TrainingContext {
    try Workbench().setup(Workbench.config(["type": "sft"])).context(ofStage: "stage")
  }

  /// The best against the worst, of equal ones the first; what has no verdict is in no pair.
  @Test func theVerifierRanks() throws {
    let context = try context()
    func tokens(_ rewards: [Double?]) throws -> [Int32]? {
      try context.pair(of: group(rewards), chosen: .sampled).map {
        $0.chosen.tokens + $0.rejected.tokens
      }
    }
    #expect(try tokens([0.5, 1, 0, 1, 0]) == [1, 2])
    #expect(try tokens([nil, 0.5, nil, 1]) == [3, 1])
    #expect(try tokens([1, 1]) == nil)
    #expect(try tokens([0, nil]) == nil)
    #expect(try tokens([nil]) == nil)
  }

  /// The environment's answer against the first of the worst, unless even that is right.
  @Test func theEnvironmentAnswers() throws {
    let context = try context()
    let found = try context.pair(of: group([1, 0.5, 0, 0]), chosen: .demonstration)
    let pair = try #require(found)
    #expect(context.tokenizer.decode(pair.chosen.tokens) == Array("aa\n".utf8))
    #expect(pair.chosen.logProbs == [])
    #expect(pair.rejected.tokens == [2])
    #expect(try context.pair(of: group([1, 1]), chosen: .demonstration) == nil)
    #expect(try context.pair(of: group([nil]), chosen: .demonstration) == nil)
  }

  private func method(_ pairs: JSON) throws -> (DPO, BoundModels) {
    let setup = try Workbench().setup(Workbench.config(["type": "dpo", "pairs": pairs]))
    let config = try #require(setup.config.stages.values[0].stage as? DPOConfig)
    return (try DPO(config, setup.context(ofStage: "stage")), try setup.models().bound())
  }

  /// The start is asked once; afterwards its pairs come round in epochs, also after a resumption.
  @Test func theStartIsAskedOnce() throws {
    let start: JSON = ["type": "start", "prompts": 70, "num_generations": 4, "batch_size": 10]
    var (method, models) = try method(start)
    let first = try method.collect(step: 0, with: models)
    #expect(first.rollouts.count == 70)
    let count =
      70
      - first.rollouts.count { group in
        Set(group.rollouts.compactMap(\.reward)).count == 1
      }
    var visited = first.experience.pairs
    let stored = try method.encodedState()
    var (resumed, _) = try self.method(start)
    try resumed.restore(stored)
    for step in 1..<(2 * count / 10 + 1) {
      let collected = try method.collect(step: step, with: models)
      #expect(collected.rollouts.isEmpty)
      #expect(
        try resumed.collect(step: step, with: models).experience.pairs == collected.experience.pairs
      )
      visited += collected.experience.pairs
    }
    func epoch(_ number: Int) -> Set<[Int32]> {
      Set(
        visited[number * count..<(number + 1) * count].map {
          $0.prompt + $0.chosen.tokens + [-1] + $0.rejected.tokens
        })
    }
    #expect(count > 30)
    #expect(epoch(0) == epoch(1))
  }

  /// Completions of no tokens but the first, all worth nothing: there is no pair and never will be.
  @Test func aStartWithoutPairsEndsTheStage() throws {
    let bench = try Workbench()
    try bench.write(
      Workbench.sums.merging(["name": "hard", "episode": ["require_stop": true]]).text(),
      to: "hard.json")
    let setup = try bench.setup(
      Workbench.config(
        [
          "type": "dpo",
          "pairs": [
            "type": "start", "prompts": 3, "num_generations": 2, "max_completion_length": 1,
          ],
        ], on: "hard.json"))
    let config = try #require(setup.config.stages.values[0].stage as? DPOConfig)
    var method = try DPO(config, setup.context(ofStage: "stage"))
    let models = try setup.models().bound()
    let collected = try method.collect(step: 0, with: models)
    #expect(collected.endsStage)
    #expect(collected.events.map(\.name).contains("no_pairs"))
    #expect(try method.update(0, from: collected.experience, with: models) == nil)
  }
}
