import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Randomness
import Synchronization
import TensorCore
import Testing
import Tokenizers

@testable import PostTraining

@Suite struct SearchTests {
  private let setup: RunSetup
  private let context: TrainingContext
  private let model: any LanguageModel

  init() throws {
    setup = try Workbench().setup(Workbench.config(["type": "grpo"], on: "sums.json"))
    context = setup.context(ofStage: "stage")
    model = try setup.architecture.model(setup.initialParameters())
  }

  /// Completions of `1+1=`, each with this log-probability a token.
  private func group(_ completions: [(text: String, logProb: Float)]) throws -> RolloutGroup {
    let problem = Problem(key: "1+1", question: "1+1=", answer: "2")
    let rollouts = try completions.map { text, logProb in
      let tokens = try context.tokenizer.encode(text)
      let isStopped = text.hasSuffix("\n")
      return Rollout(
        tokens: tokens, isSampled: tokens.map { _ in true },
        logProbs: tokens.map { _ in logProb }, finish: isStopped ? .stop : .length,
        verdict: context.environment.verdict(
          on: Array(text.utf8), isTruncated: !isStopped, problem: problem))
    }
    return RolloutGroup(index: 0, level: 0, problem: problem, prompt: [1], rollouts: rollouts)
  }

  /// Which rollout is left.
  private func place(
    _ search: Search, _ group: RolloutGroup, _ scoring: RolloutScoring? = nil
  ) throws -> Int {
    var chosen = group
    for index in chosen.rollouts.indices { chosen.rollouts[index].advantage = Double(index) }
    try search.choose(in: &chosen, context, scoring)
    try #require(chosen.rollouts.count == 1)
    return Int(chosen.rollouts[0].advantage)
  }

  /// Σ log p is -2, -1.5, -3, -1.5, over the square of the length -2/4, -1.5/4, -3/16, -1.5/4. The
  /// earliest of equals wins.
  @Test func bestOfNGoesByTheScore() throws {
    let group = try group([("2\n", -1), ("3\n", -0.75), ("11=\n", -0.75), ("4\n", -0.75)])
    func answer(_ penalty: Double, _ scoring: RolloutScoring? = nil) throws -> Int {
      try place(Search(.bestOfN, lengthPenalty: penalty), group, scoring)
    }
    #expect(try answer(0) == 1)
    #expect(try answer(2) == 2)
    #expect(try answer(0) { _ in ([0, 5, 7, 7], 9) } == 2)
  }

  /// 2 and 2 agree though one is less probable; what was cut off or is no number does not vote.
  @Test func theMajorityIsOfAnswers() throws {
    let search = Search(.majority)
    let votes = try group([
      ("3\n", -0.1), ("2\n", -9), ("+\n", -0.1), ("2\n", -8), ("+\n", -0.1), ("+\n", -0.1),
      ("3", -0.1),
    ])
    #expect(try place(search, votes) == 1)
    let silent = try group([("+\n", -1), ("3", -1)])
    #expect(try place(search, silent) == 0)
  }

  private func evaluation(
    _ search: Search, samples: Int, of model: (any LanguageModel)? = nil
  ) throws -> Evaluation {
    var sampling = SamplingConfig()
    sampling.temperature = samples > 1 && search.method != .beam ? 1 : 0
    let request = EvaluationRequest(
      split: .train, episodes: 12, samples: samples, sampling: sampling, search: search)
    return try setup.evaluator(request).evaluate(model ?? self.model)
  }

  /// The searches choose among the very samples that an evaluation without a search has.
  @Test func aSearchChoosesAmongTheSamples() throws {
    let all = try evaluation(Search(), samples: 6)
    for search in [Search(.bestOfN), Search(.majority)] {
      let chosen = try evaluation(search, samples: 6)
      for (group, one) in zip(all.groups, chosen.groups) {
        let place = try place(search, group)
        #expect(one.rollouts.map(\.tokens) == [group.rollouts[place].tokens])
        #expect(one.cost == group.cost)
      }
      #expect(chosen.json["search"]?["type"]?.string == search.method.rawValue)
      #expect(chosen.json["search"]?["n"]?.int == 6)
    }
    #expect(all.json["search"]?["type"]?.string == "none")
    let tokens = all.groups.flatMap(\.rollouts).reduce(0) { $0 + $1.length }
    #expect(all.json["total"]?["tokens_per_item"]?.double == Double(tokens) / 12)
  }

  /// A beam of one is greedy decoding; a wider one runs more rows for the same answer or another.
  @Test func aBeamIsOneAnswerAProblem() throws {
    let greedy = try evaluation(Search(), samples: 1)
    let one = try evaluation(Search(.beam), samples: 1)
    #expect(one.groups.map { $0.rollouts[0].tokens } == greedy.groups.map { $0.rollouts[0].tokens })
    #expect(one.json["total"] == greedy.json["total"])
    let wide = try evaluation(Search(.beam), samples: 5)
    for (group, other) in zip(wide.groups, greedy.groups) {
      #expect(group.rollouts.count == 1)
      #expect(group.cost.rows > other.cost.rows && group.cost.tokens > other.cost.tokens)
    }
  }

  /// The rows that are reported are those that the model was run on.
  @Test(arguments: Search.Method.allCases) func costIsWhatWasRun(method: Search.Method) throws {
    let rows = CountingModel.Rows()
    let evaluation = try evaluation(
      Search(method), samples: 4, of: CountingModel(model, rows))
    let reported = evaluation.groups.reduce(0) { $0 + $1.cost.rows }
    #expect(reported == rows.count.load(ordering: .relaxed) && reported > 0)
  }

  /// The sample that a reward model likes best; its rows are part of the cost.
  @Test func aRewardModelMayDecide() throws {
    let architecture = setup.architecture.with(.score)
    let weights = architecture.freshParameters(from: RandomStream(seed: 5))
    let reward = try architecture.model(weights.redrawn(RandomStream(seed: 6)))
    let all = try evaluation(Search(), samples: 6)
    let request = EvaluationRequest(
      split: .train, episodes: 12, samples: 6, sampling: SamplingConfig(),
      search: Search(.bestOfN))
    let chosen = try setup.evaluator(request).evaluate(model, scoring: rewardScoring(by: reward))
    var differ = 0
    for (group, one) in zip(all.groups, chosen.groups) {
      let scores = group.scores(by: reward)
      #expect(group.rollouts.contains { $0.tokens == one.rollouts[0].tokens })
      #expect(one.scores(by: reward) == [scores.max() ?? 0])
      let scored = group.rollouts.reduce(group.prompt.count) { $0 + $1.tokens.count }
      #expect(one.cost.rows == group.cost.rows + scored)
      if try place(Search(.bestOfN), group) != scores.firstIndex(of: scores.max() ?? 0) {
        differ += 1
      }
    }
    #expect(differ > 0)
  }
}
