import Foundation
import Objectives
import TestSupport
import Testing

@testable import Worlds

/// The truth that estimators are held against, held against differences of what it is a slope of.
struct ExactObjectiveTests {
  static let objectives = [
    ExactObjective(), ExactObjective(reward: false, reverseKL: 1),
    ExactObjective(reward: false, entropy: 1), ExactObjective(reverseKL: 0.3, entropy: 0.1),
  ]

  @Test(arguments: World.all, objectives)
  func theGradientIsTheSlopeOfTheValue(_ world: World, _ objective: ExactObjective) {
    let slopes = differences(in: world) { value(of: objective, under: $0, in: world) }
    #expect(relativeError(world.gradient(of: objective), slopes) < 1e-9)
  }

  @Test(arguments: World.all) func theForwardGradientIsTheSlopeOfTheForwardDivergence(
    _ world: World
  ) {
    let slopes = differences(in: world) { table in
      world.completions.reduce(0) { sum, completion in
        let logProb = world.reference.logProb(of: completion)
        return sum + exp(logProb) * (logProb - table.logProb(of: completion))
      }
    }
    #expect(relativeError(world.forwardDivergenceGradient, slopes) < 1e-9)
  }

  /// The next words' divergences, with how often each state is visited held as it is.
  @Test(arguments: World.all) func theNextWordsGradientIsTheSlopeAtFixedVisits(_ world: World) {
    let probabilities = world.probabilities(under: world.policy)
    let slopes = differences(in: world) { table in
      zip(world.completions, probabilities).reduce(0) { sum, visited in
        sum + visited.1
          * visited.0.states.reduce(0) {
            $0 + table.rows[$1].divergence(from: world.reference.rows[$1])
          }
      }
    }
    #expect(relativeError(world.nextWordDivergenceGradient, slopes) < 1e-9)
  }

  /// KL((.7, .2, .1) ‖ (.5, .3, .2)) = .0851228, and the entropy of the first is .8018186.
  @Test func valuesAreTheTextbooks() {
    let world = World.choice
    #expect(abs(world.value(of: ExactObjective()) - (0.2 + 0.5 * 0.1)) < 1e-15)
    let divergence = -world.value(of: ExactObjective(reward: false, reverseKL: 1))
    #expect(abs(divergence - 0.0851228) < 1e-7)
    #expect(abs(world.value(of: ExactObjective(reward: false, entropy: 1)) - 0.8018186) < 1e-7)
  }

  /// The behavior policy is one step of ascent behind, so that the policy earns more.
  @Test(arguments: World.all) func thePolicyHasLearned(_ world: World) {
    #expect(
      value(of: ExactObjective(), under: world.behavior, in: world)
        < world.value(of: ExactObjective()))
    #expect(world.ratios.lowerBound < 1 && world.ratios.upperBound > 1.2)
  }

  private func value(
    of objective: ExactObjective, under table: TablePolicy, in world: World
  ) -> Double {
    world.completions.enumerated().reduce(0) { sum, entry in
      let logProb = table.logProb(of: entry.element)
      let divergence = logProb - world.reference.logProb(of: entry.element)
      return sum + exp(logProb)
        * ((objective.reward ? world.rewards[entry.offset] : 0) - objective.reverseKL * divergence
          - objective.entropy * logProb)
    }
  }

  private func differences(
    in world: World, _ value: (TablePolicy) -> Double
  ) -> [Double] {
    (0..<world.policy.count).map { index in
      var direction = Array(repeating: 0.0, count: world.policy.count)
      direction[index] = 1
      func at(_ offset: Double) -> Double {
        value(world.policy.moved(by: direction, times: offset))
      }
      return (at(2e-5) - at(-2e-5)) / 4e-5
    }
  }
}

extension World: CustomTestStringConvertible {
  public var testDescription: String { name }
}
