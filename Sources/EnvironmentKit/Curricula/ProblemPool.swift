import Configuration
import Randomness

/// The distinct training problems of some levels, in an order that no seed changes.
struct ProblemPool: Sendable {
  let choices: [Choice]
  private let environment: Environment
  private let indices: [UInt64: Int]

  /// Throws where a level does not exist, or none has a problem.
  init(levels: [String], atMost limit: Int, of environment: Environment) throws(ConfigError) {
    self.environment = environment
    choices = environment.distinctItems(
      levels: try environment.levels(named: levels), split: .train, atMost: limit)
    guard !choices.isEmpty else {
      throw ConfigError(path: "levels", reason: "there is no problem to train on")
    }
    var indices: [UInt64: Int] = [:]
    for (index, choice) in choices.enumerated() {
      indices[environment.keySplit.digest(of: choice.problem.key)] = index
    }
    self.indices = indices
  }

  func index(of key: String) -> Int? { indices[environment.keySplit.digest(of: key)] }

  /// The problem at `index`, in any of its forms.
  func choice(_ index: Int, using random: inout RandomStream) -> Choice {
    var choice = choices[index]
    choice.problem = environment.rephrased(
      choice.problem, level: choice.level, using: &random)
    return choice
  }
}

extension KeyDescription {
  static let levels = KeyDescription("levels", "names of the levels to draw from; empty: all")
  static let maxProblems = KeyDescription(
    "max_problems", "the most problems that the pool holds", "1...1000000")
}
