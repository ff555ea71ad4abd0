import Configuration
import Objectives
import Testing
import Worlds

@testable import PostTraining

/// What `rl bias` measures: the presets as they stand in their table, each with the stage's loss.
@Suite struct BiasTableTests {
  private static let presets = GRPOConfig.presets.keys.sorted()

  private func estimators(_ name: String, _ overrides: String...) throws -> [Estimator] {
    let list = try BiasTable.estimators(
      named: name, overrides: overrides.map { try Override($0) }, horizon: World.words.horizon)
    return try #require(list)
  }

  private func bias(
    _ name: String, _ overrides: String..., sampling: Sampling = .onPolicy
  ) throws -> Bias {
    let list = try BiasTable.estimators(
      named: name, overrides: overrides.map { try Override($0) }, horizon: World.words.horizon)
    return World.words.bias(of: try #require(list?.first), groupSize: 2, sampling)
  }

  @Test func everyPresetHasARow() throws {
    let all = try estimators("all").map(\.name)
    #expect(all.starts(with: Self.presets))
    #expect(Set(all).count == all.count)
    #expect(Set(Self.presets).isSubset(of: BiasTable.names))
    for name in BiasTable.names { #expect(try estimators(name).isEmpty == false) }
    #expect(try BiasTable.estimators(named: "grop", horizon: 3) == nil)
  }

  /// With its divergence in the reward, RLOO climbs `J - 0.05 KL`, and exactly that.
  @Test func rlooIsUnbiased() throws {
    let estimator = try #require(try estimators("rloo").first)
    #expect(estimator.objective == ExactObjective(reverseKL: 0.05))
    #expect(try bias("rloo").bias < 1e-6)
  }

  /// (G - 1) / (G · 3) of the truth.
  @Test func drGRPOOnlyScales() throws {
    let found = try bias("dr_grpo")
    #expect(abs(found.scale - 1.0 / 6) < 1e-6)
    #expect(try #require(found.cosine) > 1 - 1e-6)
  }

  @Test func grposDeviationAndLengthsTurnTheGradient() throws {
    #expect(abs(try #require(try bias("grpo").cosine) - 0.9005) < 1e-4)
    #expect(abs(try #require(try bias("grpo", "scale_rewards=none").cosine) - 0.9343) < 1e-4)
    #expect(
      try #require(try bias("grpo", "scale_rewards=none", "aggregation=sequence_sum").cosine)
        > 1 - 1e-6)
  }

  @Test func gspoClipsAtItsOwnWidthAndNotAtTheTokens() throws {
    #expect(try #require(try bias("gspo", sampling: .offPolicy).clipped) > 0.3)
    let wide = try bias("gspo", "epsilon=0.2", "epsilon_high=0.2", sampling: .offPolicy)
    #expect(wide.clipped == 0)
    #expect(try #require(try bias("grpo", sampling: .offPolicy).clipped) > 0.05)
  }

  /// A divergence in the loss joins what is estimated, and so does an entropy bonus.
  @Test func penaltiesJoinTheObjective() throws {
    let penalized = try #require(
      try estimators("dr_grpo", "beta=0.1", "kl_estimator=k2", "entropy_coef=0.02").first)
    #expect(penalized.objective == ExactObjective(reverseKL: 0.1, entropy: 0.02))
    let plain = World.words.moments(
      of: try #require(try estimators("dr_grpo").first), groupSize: 2, .onPolicy)
    let found = World.words.moments(of: penalized, groupSize: 2, .onPolicy)
    #expect(plain.mean != found.mean)
  }

  /// What a configuration would be refused for is not listed: `epsilon_high` 0.2 is no cap.
  @Test func variantsAreConfigurationsThatRun() throws {
    let names = try estimators("grpo").map(\.name)
    #expect(names.first == "grpo" && names.contains("aggregation=token_mean"))
    #expect(!names.contains("aggregation=sequence_mean") && !names.contains("surrogate=detached"))
    #expect(try estimators("cispo").map(\.name).contains("surrogate=clipped"))
  }

  @Test(arguments: [
    ("grpo", "epsilom=1", "epsilom: not read here; did you mean \"epsilon\"?"),
    ("grpo", "max_steps=1", "max_steps: not read here"),
    ("kl", "epsilon=1", "epsilon=1: only a preset has keys"),
  ])
  func aKeyThatIsNotReadIsRefused(_ name: String, _ override: String, _ message: String) throws {
    let error = #expect(throws: ConfigError.self) { try estimators(name, override) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
