import Objectives
import TensorCore
import Testing

struct TokenMasksTests {
  /// Of five entropies the top 40 % are above the 0.6 quantile, 3 + 0.4 · (4 - 3).
  @Test func theQuantileIsOverTheWholeStep() {
    #expect(topEntropyMask([[1, 5], [2, 4, 3]], share: 0.4) == [[0, 1], [0, 1, 0]])
    #expect(topEntropyMask([[1, 5], [2, 4, 3]], share: 1) == [[1, 1], [1, 1, 1]])
    #expect(topEntropyMask([[1, 5], [], [2]], share: 0) == [[0, 1], [], [0]])
    #expect(topEntropyMask([], share: 0.5) == [])
  }

  /// Tokens as entropic as the threshold count, so equal entropies are all kept.
  @Test func tiesAreKept() {
    #expect(topEntropyMask([[2, 2, 2]], share: 0.1) == [[1, 1, 1]])
  }

  /// The first sequence lost ½ nat a token since it was sampled, the second none; good tokens stay.
  @Test func onlyBadTokensOfLeftSequencesGo() {
    let tokens = TrainedTokens(
      lengths: [2, 1], aggregation: .tokenMean, totals: StepTotals(lengths: [2, 1]))
    func mask(_ advantages: [Float], _ threshold: Float) -> [Float] {
      offPolicyMask(
        logProbs: Tensor([-1.5, -2.5, -1]), behaviorLogProbs: Tensor([-1, -2, -1]),
        advantages: Tensor(advantages), threshold: threshold, tokens: tokens
      ).values
    }
    #expect(mask([-1, -1, -1], 0.4) == [0, 0, 1])
    #expect(mask([1, 0, -1], 0.4) == [1, 1, 1])
    #expect(mask([-1, -1, -1], 0.6) == [1, 1, 1])
  }
}
