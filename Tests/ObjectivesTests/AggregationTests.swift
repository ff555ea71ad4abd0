import Objectives
import Testing

struct AggregationTests {
  /// Two sequences of 2 and 6 tokens with losses 1 and ¼ a token, of at most 8 tokens.
  @Test(arguments: [
    (Aggregation.sequenceMean, 0.625), (.tokenMean, 0.4375), (.constant(length: 8), 0.21875),
    (.sequenceSum, 1.75),
  ])
  func weighsTheWorkedExample(aggregation: Aggregation, loss: Double) {
    let totals = StepTotals(lengths: [2, 6])
    let weights = [2, 6].map { aggregation.weight(ofSequence: $0, in: totals) }
    #expect(abs(weights[0] * 2 * 1 + weights[1] * 6 * 0.25 - loss) < 1e-15)
  }

  /// Sequence losses 1 and 0 over 10 and 100 tokens: by sequences ½, by tokens 10 / 110.
  @Test func tokenMeanFavorsLongSequences() {
    let totals = StepTotals(lengths: [10, 100])
    #expect(10 * Aggregation.sequenceMean.weight(ofSequence: 10, in: totals) == 0.5)
    let byTokens = 10 * Aggregation.tokenMean.weight(ofSequence: 10, in: totals)
    #expect(abs(byTokens - 0.0909) < 1e-4)
  }

  @Test func sequencesWithoutTrainedTokensDoNotCount() {
    #expect(StepTotals(lengths: [2, 0, 6, 0]) == StepTotals(lengths: [2, 6]))
    let totals = StepTotals(lengths: [0])
    #expect(Aggregation.sequenceMean.weight(ofSequence: 0, in: totals) == 0)
  }
}
