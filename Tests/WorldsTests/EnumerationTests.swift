import Testing

@testable import Worlds

struct EnumerationTests {
  /// Two words and a stop, at most three: 1 + 2 stopped ones and 4 beginnings times 3 last words.
  @Test func everythingThatCanBeSaidIsListedOnce() {
    let world = World.words
    let texts = world.completions.map(world.text)
    #expect(texts.count == 15 && Set(texts).count == 15)
    #expect(texts.filter { $0.count <= 3 }.sorted() == [".", "a .", "b ."])
    #expect(texts.contains("a b .") && texts.contains("b b b"))
    #expect(world.policy.rows.count == 7)
    #expect(World.choice.completions.map(\.words) == [[0], [1], [2]])
  }

  @Test(arguments: World.all) func probabilitiesSumToOne(_ world: World) {
    for table in [world.policy, world.behavior, world.reference] {
      #expect(abs(world.probabilities(under: table).reduce(0, +) - 1) < 1e-14)
    }
  }

  /// `words` of `b` over words: "a b ." has one of two, "." none at all.
  @Test func rewardsAreTheWorlds() throws {
    let world = World.words
    func reward(_ text: String) throws -> Double {
      world.rewards[try #require(world.completions.firstIndex { world.text(of: $0) == text })]
    }
    #expect(try [".", "b .", "a b .", "a b b"].map(reward) == [0, 1, 0.5, 2.0 / 3])
  }

  /// Two draws of {0.5, 0.3, 0.2}: doubles by themselves, others twice, for their two orders.
  @Test func groupsAreDrawnWithTheirOrders() {
    let pairs = groups(of: 2, from: [0.5, 0.3, 0.2])
    #expect(pairs.map(\.members) == [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]])
    for (pair, expected) in zip(pairs, [0.25, 0.3, 0.2, 0.09, 0.12, 0.04]) {
      #expect(abs(pair.probability - expected) < 1e-15)
    }
    // One completion of three draws from 15, whatever the order: 15 · 16 · 17 / 6.
    let threes = groups(of: 3, from: Array(repeating: 1.0 / 15, count: 15))
    #expect(threes.count == 680)
    #expect(abs(threes.reduce(0) { $0 + $1.probability } - 1) < 1e-13)
  }
}
