import Configuration
import Randomness

/// A finite pool of problems, drawn by weight: what is not solved is asked more often.
///
/// `w ← w/2 + (0.1 + 0.9 (1 - success))/2` after each group, from 1. Weights are whole multiples
/// of 2⁻¹⁶, so that a resumed run draws the same problems.
public struct HardCurriculum: Curriculum {
  public static let name = "hard"

  public struct Config: ConfigBlock {
    public var levels: [String] = []
    public var maxProblems = 8192
    public init() {}
    public static let keys = [
      KeyDescription("levels", "names of the levels to draw from; empty: all"),
      KeyDescription("max_problems", "the most problems that the pool holds", "1...1000000"),
    ]
  }

  public struct State: Codable, Sendable, Equatable {
    /// One weight a problem, in 2⁻¹⁶, in the order of the pool.
    public var weights: [Int]
  }

  private static let one = 1 << 16
  private let environment: Environment
  private let pool: [Choice]
  private let indices: [UInt64: Int]
  private var tree: WeightTree

  public init(_ config: Config, environment: Environment) throws(ConfigError) {
    self.environment = environment
    pool = environment.distinctItems(
      levels: try environment.levels(named: config.levels), split: .train,
      atMost: config.maxProblems)
    guard !pool.isEmpty else {
      throw ConfigError(path: "levels", reason: "there is no problem to train on")
    }
    var indices: [UInt64: Int] = [:]
    for (index, choice) in pool.enumerated() {
      indices[environment.keySplit.digest(of: choice.problem.key)] = index
    }
    self.indices = indices
    tree = WeightTree(Array(repeating: Self.one, count: pool.count))
  }

  public var state: State {
    get { State(weights: tree.weights) }
    set {
      precondition(
        newValue.weights.count == pool.count,
        "hard: \(newValue.weights.count) weights for a pool of \(pool.count) problems")
      tree = WeightTree(newValue.weights)
    }
  }

  public func next(using random: inout RandomStream) throws(ConfigError) -> Choice {
    var choice = pool[tree.draw(using: &random)]
    choice.problem = environment.rephrased(
      choice.problem, level: choice.level, using: &random)
    return choice
  }

  public mutating func observe(_ groups: [FinishedGroup], step: Int) -> [CurriculumEvent] {
    for group in groups {
      guard let success = group.success,
        let index = indices[environment.keySplit.digest(of: group.key)]
      else { continue }
      let target = Int(((0.1 + 0.9 * (1 - success)) * Double(Self.one)).rounded())
      tree.set((tree.weights[index] + target) / 2, at: index)
    }
    return []
  }

  public func metrics() -> [String: Double] {
    let weights = tree.weights.map { Double($0) / Double(Self.one) }
    let sum = weights.reduce(0, +)
    let squares = weights.reduce(0) { $0 + $1 * $1 }
    return [
      "curriculum/problems": Double(pool.count),
      "curriculum/mean_weight": sum / Double(pool.count),
      // How many problems of equal weight would be drawn as unevenly.
      "curriculum/effective_problems": sum * sum / squares,
    ]
  }
}
