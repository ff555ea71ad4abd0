import Configuration
import EnvironmentKit
import Environments
import LanguageModels
import Randomness
import Testing

@testable import PostTraining

/// The checkpoint of another library, which ends its answers with its end-of-sequence token.
@Suite struct PeerCheckpointTests {
  private static let path = "\(Workbench.root)/Tests/Fixtures/checkpoints/arith_sft"

  private func setup() throws -> RunSetup {
    let path = "\(Workbench.root)/Configs/peer-trl-grpo.json"
    return try RunSetup(
      try resolveRun(JSON(contentsOfFile: path)), configFile: path,
      folders: ConfigFolders(workingDirectory: Workbench.root), families: BuiltinFamilies.all)
  }

  /// Greedily, `transformers` solves 227 of the 512 pairs that the checkpoint was not taught.
  @Test func itSolvesWhatItSolvesElsewhere() throws {
    let setup = try setup()
    let file = try JSON(contentsOfFile: "\(Self.path)/heldout_pairs.json")
    let pairs = try #require(try file["heldout"]?.decode([[Int]].self))
    let context = setup.context(ofStage: "test")
    let collector = try RolloutCollector(
      context, settings: .greedy, maximumTokens: 5, generations: 1)
    let choices = pairs.enumerated().map { index, pair in
      let problem = Problem(
        key: "\(pair[0])+\(pair[1])", question: "\(pair[0])+\(pair[1])=",
        answer: String(pair[0] + pair[1]))
      return (index: index, choice: Choice(level: 0, problem: problem))
    }
    let model = try setup.architecture.model(setup.initialParameters())
    let rollouts = try collector.play(choices, with: model).flatMap(\.rollouts)
    #expect(pairs.count == 512)
    #expect(rollouts.count { $0.verdict.isSuccess } == 227)
    #expect(rollouts.allSatisfy { $0.finish == .stop && $0.tokens.last == 1 })
  }

  /// Where nothing else ends an answer, the token that does is taught with it.
  @Test func demonstrationsEndWithTheToken() throws {
    let context = try setup().context(ofStage: "test")
    var sft = try SFT(SFTConfig(), context)
    let rows = try sft.collect(step: 0, with: Models().bound()).experience
    #expect(!rows.isEmpty && rows.allSatisfy { $0.completion.last == 1 })
    #expect(rows.allSatisfy { !$0.completion.dropLast().contains(1) })
  }

  /// The tokenizer has no line end: its id for one is that of everything unknown.
  @Test func aStopWithoutATokenIsRefused() throws {
    let setup = try setup()
    let environment = try Environment(
      setup.environment.resolved.merging(["episode": ["stop": ["\n"]]]),
      catalog: BuiltinFamilies.all)
    let context = TrainingContext(
      environment: environment, tokenizer: setup.tokenizer, random: RandomStream(seed: 0),
      maximumLength: 64)
    let error = #expect(throws: ConfigError.self) { try context.stopRule() }
    #expect(error?.reason.contains(#"stops at "\n", for which the tokenizer has no token"#) == true)
  }
}
