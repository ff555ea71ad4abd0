import Objectives
import Testing

struct TokenAdvantagesTests {
  /// Exactly, for any advantage: 0.1 on each of three tokens.
  @Test func withoutDiscountEveryTokenHasTheSequencesAdvantage() {
    let found = tokenAdvantages(of: 0.1, divergences: [0.3, 0.2, 0.7], beta: 0, gamma: 1)
    #expect(found == [0.1, 0.1, 0.1])
    #expect(tokenAdvantages(of: 0.1, divergences: [], beta: 1, gamma: 1) == [])
  }

  /// Discounted by ½: 8 on the last token is 4 and 2 before it.
  @Test func discountsTowardsTheStart() {
    #expect(tokenAdvantages(of: 8, divergences: [0, 0, 0], beta: 1, gamma: 0.5) == [2, 4, 8])
  }

  /// A token pays for its own divergence and for all that follow: 1 - ½(2 + 4 + 6) first.
  @Test func divergencesAreToGo() {
    #expect(tokenAdvantages(of: 1, divergences: [2, 4, 6], beta: 0.5, gamma: 1) == [-5, -4, -2])
  }

  /// REINFORCE++: over the tokens of a step, and longer completions are more of them. Rewards 1
  /// over one token and 0 over three have mean ¼ and sample deviation ½.
  @Test func whiteningIsOverTokens() {
    let step = [(1.0, 1), (0.0, 3)].map { reward, length in
      tokenAdvantages(
        of: reward, divergences: Array(repeating: 0, count: length), beta: 0, gamma: 1)
    }
    expectNear(whitened(step).flatMap { $0 }, [1.5, -0.5, -0.5, -0.5], 1e-7)
  }
}
