import Objectives
import Testing

struct TokenRewardsTests {
  @Test func theScoreIsOnTheLastToken() {
    let rewards = tokenRewards(score: 2, divergences: [1, 0, -1], beta: 0.5)
    #expect(rewards == [-0.5, 0, 2.5])
    #expect(tokenRewards(score: 2, divergences: [], beta: 0.5) == [])
  }

  @Test func aCompletionThatNeverStopsPaysForIt() {
    func last(endsWithStop: Bool) -> Double? {
      tokenRewards(
        score: 2, divergences: [0, 0], beta: 0.5, endsWithStop: endsWithStop, missingEOSPenalty: 3
      ).last
    }
    #expect(last(endsWithStop: true) == 2)
    #expect(last(endsWithStop: false) == -1)
  }

  /// log π = -1, log π_ref = -1.3: k1 = 0.3, k3 = e^-0.3 - 1 + 0.3.
  @Test func divergencesAreNumbersToo() {
    expectNear(k1Divergences(logProbs: [-1], referenceLogProbs: [-1.3]), [0.3])
    expectNear(k3Divergences(logProbs: [-1], referenceLogProbs: [-1.3]), [0.0408182207])
  }
}
