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
    public static let keys: [KeyDescription] = [
      .levels, .maxProblems,
    ]
  }

  public struct State: Codable, Sendable, Equatable {
    /// One weight a problem, in 2⁻¹⁶, in the order of the pool.
    public var weights: [Int]
  }

  private static let one = 1 << 16
  private let pool: ProblemPool
  private var tree: WeightTree

  public init(_ config: Config, environment: Environment) throws(ConfigError) {
    pool = try ProblemPool(levels: config.levels, atMost: config.maxProblems, of: environment)
    tree = WeightTree(Array(repeating: Self.one, count: pool.choices.count))
  }

  public var state: State {
    get { State(weights: tree.weights) }
    set {
      precondition(
        newValue.weights.count == pool.choices.count,
        "hard: \(newValue.weights.count) weights for a pool of \(pool.choices.count) problems")
      tree = WeightTree(newValue.weights)
    }
  }

  public func next(using random: inout RandomStream) throws(ConfigError) -> Choice {
    pool.choice(tree.draw(using: &random), using: &random)
  }

  public mutating func observe(_ groups: [FinishedGroup], step: Int) -> [CurriculumEvent] {
    for group in groups {
      guard let success = group.success, let index = pool.index(of: group.key) else { continue }
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
      "curriculum/problems": Double(pool.choices.count),
      "curriculum/mean_weight": sum / Double(pool.choices.count),
      // How many problems of equal weight would be drawn as unevenly.
      "curriculum/effective_problems": sum * sum / squares,
    ]
  }
}
