import Randomness
import Testing

@testable import EnvironmentKit

@Suite struct WeightTreeTests {
  /// Every share of the total is drawn as often as its weight says: 2 of 7, 0, 4 of 7, 1 of 7.
  @Test func drawsAreProportional() {
    let tree = WeightTree([2, 0, 4, 1])
    var random = RandomStream(seed: 1)
    var counts = [0, 0, 0, 0]
    for _ in 0..<7000 { counts[tree.draw(using: &random)] += 1 }
    #expect(counts[1] == 0)
    for (count, expected) in zip(counts, [2000, 0, 4000, 1000]) {
      #expect(abs(count - expected) < 200)
    }
  }

  /// Sums are exact, so a changed tree and one rebuilt from its weights draw the same indices.
  @Test(arguments: [1, 2, 3, 7, 8, 100]) func aRebuiltTreeIsTheSame(count: Int) {
    var random = RandomStream(seed: 2)
    var tree = WeightTree(Array(repeating: 5, count: count))
    for _ in 0..<200 { tree.set(1 + random.below(1000), at: random.below(count)) }
    let rebuilt = WeightTree(tree.weights)
    #expect(tree.total == tree.weights.reduce(0, +) && rebuilt.total == tree.total)
    for seed in 0..<200 {
      var left = RandomStream(seed: UInt64(seed))
      var right = left
      #expect(tree.draw(using: &left) == rebuilt.draw(using: &right))
    }
  }

  /// The draws 0, 1, … total - 1 meet each index exactly as often as its weight.
  @Test func everyUnitOfWeightHasItsIndex() {
    let weights = [3, 1, 0, 2, 5]
    let tree = WeightTree(weights)
    let found = (0..<tree.total).map { tree.index(at: $0) }
    #expect(found == [0, 0, 0, 1, 3, 3, 4, 4, 4, 4, 4])
  }
}
