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

/// A model that counts the rows that it is run on.
struct CountingModel: LanguageModel {
  static let family = "counting"
  let base: any LanguageModel
  let rows: Rows

  final class Rows: Sendable {
    let count = Atomic<Int>(0)
  }

  init(_ base: any LanguageModel, _ rows: Rows) { (self.base, self.rows) = (base, rows) }

  init(
    _ config: LlamaConfig, vocabulary: Int, output: ModelOutput, constants: RotaryTable,
    _ scope: ParameterScope
  ) throws(ParameterError) {
    base = try Llama(
      config, vocabulary: vocabulary, output: output, constants: constants, scope)
    rows = Rows()
  }

  static func constants(of config: LlamaConfig) -> RotaryTable { Llama.constants(of: config) }
  static func maximumLength(of config: LlamaConfig) -> Int { Llama.maximumLength(of: config) }
  var layerCount: Int { base.layerCount }
  var maximumLength: Int { base.maximumLength }
  var heads: OutputHeads { base.heads }

  func hiddenStates(
    of tokens: PackedTokens, caches: inout [KVCache]?, observer: ResidualObserver?
  ) -> Tensor {
    rows.count.add(tokens.tokens.count, ordering: .relaxed)
    return base.hiddenStates(of: tokens, caches: &caches, observer: observer)
  }
}

@Suite struct CollectorTests {
  private let setup: RunSetup
  private let context: TrainingContext
  private let model: any LanguageModel

  init() throws {
    setup = try Workbench().setup(Workbench.config(["type": "grpo"]))
    context = setup.context(ofStage: "stage")
    model = try setup.architecture.model(setup.initialParameters())
  }

  private func collector(_ generations: Int, maximumTokens: Int = 5) throws -> RolloutCollector {
    var settings = SamplingConfig()
    settings.temperature = 1
    return try RolloutCollector(
      context, settings: settings, maximumTokens: maximumTokens, generations: generations)
  }

  private func choices(_ count: Int) throws -> [(index: Int, choice: Choice)] {
    let items = context.environment.distinctItems(levels: [0, 1], split: .train, atMost: count)
    return items.enumerated().map { (index: $0, choice: $1) }
  }

  /// A prompt is run once for its group, and no last token is run: nobody needs what follows.
  @Test func aGroupSharesOnePrefill() throws {
    let rows = CountingModel.Rows()
    let groups = try collector(6).play(try choices(3), with: CountingModel(model, rows))
    let prompts = groups.reduce(0) { $0 + $1.prompt.count }
    let decoded = groups.flatMap(\.rollouts).reduce(0) { $0 + $1.tokens.count - 1 }
    #expect(groups.count == 3 && groups.allSatisfy { $0.rollouts.count == 6 })
    #expect(rows.count.load(ordering: .relaxed) == prompts + decoded)
    #expect(groups.reduce(0) { $0 + $1.cost.rows } == prompts + decoded)
    let sampled = groups.flatMap(\.rollouts).reduce(0) { $0 + $1.length }
    #expect(groups.reduce(0) { $0 + $1.cost.tokens } == sampled)
  }

  /// A rollout's draws depend on its problem's index and its own number, on nothing else.
  @Test func neighboursChangeNothing() throws {
    let choices = try choices(3)
    let all = try collector(4).play(choices, with: model)
    for (group, choice) in zip(all, choices) {
      let alone = try collector(2).play([choice], with: model)[0]
      #expect(alone.rollouts.map(\.tokens) == group.rollouts.prefix(2).map(\.tokens))
      #expect(alone.rollouts.map(\.logProbs) == group.rollouts.prefix(2).map(\.logProbs))
    }
    #expect(Set(all[0].rollouts.map(\.tokens)).count > 1)
  }

  /// Judged is what was said before the stop; without a stop, all of it.
  @Test func theStopIsNoPartOfTheText() throws {
    let tokenizer = context.tokenizer
    let said = try tokenizer.encode("ab\n")
    #expect(context.text(of: said[...], .stop) == Array("ab".utf8))
    #expect(context.text(of: said[...], .length) == Array("ab\n".utf8))
    let open = try tokenizer.encode("ab")
    #expect(context.text(of: open[...], .length) == Array("ab".utf8))
  }

  /// `length` says that a completion ended without a stop: it has all tokens it may have.
  @Test func truncationIsRecordedAsItHappened() throws {
    let stop = try context.tokenizer.encode("\n")
    let rollouts = try collector(32, maximumTokens: 3).play(try choices(3), with: model)
      .flatMap(\.rollouts)
    let eos = context.tokenizer.specialTokens.eos
    func isStopped(_ rollout: Rollout) -> Bool {
      rollout.tokens.suffix(1) == stop[...] || rollout.tokens.last == eos
    }
    #expect(Set(rollouts.map(\.finish)) == [.length, .stop])
    for rollout in rollouts {
      #expect(isStopped(rollout) == (rollout.finish == .stop))
      #expect(rollout.finish == .stop || rollout.tokens.count == 3)
      #expect(rollout.length == rollout.tokens.count && rollout.logProbs.count == rollout.length)
    }
  }

  /// A verdict in the log is the environment's on the logged tokens.
  @Test func verdictsAreTheEnvironments() throws {
    for group in try collector(8).play(try choices(4), with: model) {
      for rollout in group.rollouts {
        let text = context.text(of: rollout.tokens[...], rollout.finish)
        let verdict = context.environment.verdict(
          on: text, isTruncated: rollout.finish == .length, problem: group.problem)
        #expect(rollout.verdict == verdict)
        #expect(rollout.reward == verdict.score)
      }
    }
  }

  @Test func aPromptWithoutRoomIsAnError() throws {
    let config = Workbench.config(["type": "grpo"], model: ["max_position_embeddings": 9])
    let setup = try Workbench().setup(config)  // "emit a*2:" has nine tokens
    #expect(throws: ConfigErrors.self) { try setup.evaluator(EvaluationRequest(split: .test)) }
    let context = setup.context(ofStage: "stage")
    let choice = try choices(1)[0].choice
    #expect(throws: ConfigError.self) { try context.prompt(of: choice) }
  }
}
