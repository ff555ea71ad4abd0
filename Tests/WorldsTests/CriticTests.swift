import Objectives
import Testing

@testable import Worlds

/// What generalized advantages are worth, by their lambda and by how good the critic is.
struct CriticTests {
  private func bias(_ lambda: Double, _ critic: Critic, _ world: World = .words) -> Bias {
    world.bias(
      of: .generalizedAdvantages(lambda: lambda, critic), groupSize: 1, .onPolicy)
  }

  /// "b" is followed by ".", "a" and "b": V is what these lead to, and in the end the reward.
  @Test func theExactCriticIsConsistent() throws {
    let world = World.words
    #expect(abs(world.values[0] - world.value(of: ExactObjective())) < 1e-15)
    let (state, says) = (world.values.indices, world.completions)
    for (index, completion) in says.enumerated() where completion.length == 3 {
      let last = try #require(completion.states.last)
      let siblings = says.indices.filter { says[$0].states == says[index].states }
      let expected = siblings.reduce(0) { sum, sibling in
        sum + world.policy.rows[last].probabilities[says[sibling].words[2]] * world.rewards[sibling]
      }
      #expect(state.contains(last) && abs(world.values[last] - expected) < 1e-15)
    }
  }

  /// With the exact critic the first error is all that matters: any lambda is unbiased.
  @Test(arguments: World.all, [1, 0.95, 0.5, 0])
  func theExactCriticIsUnbiasedForEveryLambda(_ world: World, _ lambda: Double) {
    #expect(bias(lambda, .exact, world).bias < 1e-6)
  }

  /// At lambda 1 the critic is a baseline, and no baseline biases.
  @Test(arguments: World.all) func atLambdaOneAnyCriticIsUnbiased(_ world: World) {
    #expect(bias(1, .constant, world).bias < 1e-6)
  }

  /// A critic that knows nothing leaves a word `λ^k` of what comes `k` words later: at 0 only the
  /// last word learns.
  @Test func aUselessCriticBiasesByLambda() {
    let found = [1, 0.95, 0.5, 0].map { bias($0, .constant) }
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.bias < $1.bias })
    #expect(found[1].bias < 0.1 && found[3].bias > 0.5)
  }

  /// What the exact critic is for: the smaller lambda, the less of what follows is noise.
  @Test func theExactCriticTakesNoiseAway() throws {
    let found = try [1, 0.95, 0.5, 0].map { try #require(bias($0, .exact).noise) }
    #expect(zip(found, found.dropFirst()).allSatisfy { $0 > $1 })
    #expect(try #require(bias(1, .exact).noise) < #require(bias(1, .constant).noise))
  }
}
