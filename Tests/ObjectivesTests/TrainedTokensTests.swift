import Objectives
import TensorCore
import TestSupport
import Testing

struct TrainedTokensTests {
  /// Three sequences, one without trained tokens: S = 2, so the weights are 1/(2·2) and 1/(2·1).
  @Test func laysSequencesEndToEnd() {
    let lengths = [2, 0, 1]
    let tokens = TrainedTokens(
      lengths: lengths, aggregation: .sequenceMean, totals: StepTotals(lengths: lengths))
    #expect(tokens.sequences == [0, 0, 2])
    #expect(tokens.weights.values == [0.25, 0.25, 0.5])
    #expect(tokens.repeating([7, 8, 9]).values == [7, 7, 9])
  }

  @Test func countsSequencesGivenByTheirIds() {
    let tokens = TrainedTokens(weights: Tensor([1, 1, 1]), sequences: [0, 2, 2])
    #expect(tokens.lengths == [1, 0, 2])
  }

  /// -(½·-1 + ¼·-2 + ¼·-4) = 2, with minus the weights for slopes.
  @Test func crossEntropyWeighsLogProbs() {
    let tokens = TrainedTokens(weights: Tensor([0.5, 0.25, 0.25]), sequences: [0, 1, 1])
    let logProbs = Tensor([-1, -2, -4])
    #expect(maskedCrossEntropy(logProbs: logProbs, tokens: tokens).loss.value == 2)
    let slope = gradient(of: logProbs) { maskedCrossEntropy(logProbs: $0, tokens: tokens).loss }
    #expect(slope.values == [-0.5, -0.25, -0.25])
  }
}
