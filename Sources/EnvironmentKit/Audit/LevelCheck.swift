import Configuration
import Randomness

/// What `rl env check` says of one level.
public struct LevelCheck: Codable, Sendable, Equatable {
  public let level: String
  /// Distinct keys in each split; a lower bound unless complete.
  public let train, eval, test: Int
  public let isComplete: Bool
  /// Gold answers that their own verifier did not take.
  public let badGold: Int
  /// Whether eval and test have the keys that the file asks for.
  public let isEvaluated: Bool
  public let floor: Double
  /// What the best constant answer scores on eval problems.
  public let constantScore: Double
}

extension Environment {
  /// Counts keys, and judges gold answers, at every level.
  public func check(
    goldItems: Int = 1000, atMost limit: Int = 20_000, random: RandomStream
  ) -> [LevelCheck] {
    levels.enumerated().map { index, level in
      let (counts, isComplete) = keyCounts(level: index, atMost: limit)
      var random = random.split("check", index)
      let bad = (0..<goldItems).filter { _ in
        !isGoldRight(level.family.problem(using: &random))
      }
      let (eval, test) = (counts[.eval] ?? 0, counts[.test] ?? 0)
      return LevelCheck(
        level: level.name, train: counts[.train] ?? 0, eval: eval, test: test,
        isComplete: isComplete, badGold: bad.count,
        isEvaluated: min(eval, test) >= minimumKeys, floor: level.floor,
        constantScore: constantFloor(
          of: distinctProblems(level: index, split: .eval, atMost: 1000)
        ).score)
    }
  }
}
