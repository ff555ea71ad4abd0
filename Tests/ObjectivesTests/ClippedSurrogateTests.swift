import Foundation
import Objectives
import TensorCore
import TestSupport
import Testing

struct ClippedSurrogateTests {
  let one = TrainedTokens(weights: Tensor([1]), sequences: [0])

  /// With ratio 1 nothing is clipped: the loss is minus the mean advantage, -(1 + 3) / 2.
  @Test(arguments: RatioLevel.allCases) func ratioOneLeavesTheAdvantage(level: RatioLevel) {
    let logProbs = Tensor([-0.5, -1])
    let tokens = TrainedTokens(weights: Tensor([0.5, 0.5]), sequences: [0, 1])
    let ratios = ImportanceRatios(
      logProbs: logProbs, behaviorLogProbs: logProbs, tokens: tokens, level: level)
    #expect(ratios.values.values == [1, 1])
    let objective = clippedSurrogate(
      ratios, advantages: Tensor([1, 3]), tokens: tokens, clip: RatioClip(low: 0.2, high: 0.2))
    #expect(objective.loss.value == -2)
    #expect(objective.metrics["policy_loss"] == -2)
    #expect(objective.metrics["clip_ratio/region_mean"] == 0)
  }

  struct Example: Sendable {
    var ratio, advantage: Float
    var clip: RatioClip
    var loss, slope: Float
  }

  /// Loss and slope by the log-probability; a clipped side has none. A ratio r has slope -r·A.
  static let examples: [Example] = {
    let plain = RatioClip(low: 0.2, high: 0.3)
    let capped = RatioClip(low: 0.2, high: 0.3, delta: 4)
    let dual = RatioClip(low: 0.2, high: 0.3, dualClip: 3)
    return [
      Example(ratio: 2, advantage: 1, clip: plain, loss: -1.3, slope: 0),
      Example(ratio: 0.5, advantage: 1, clip: plain, loss: -0.5, slope: -0.5),
      Example(ratio: 0.5, advantage: -1, clip: plain, loss: 0.8, slope: 0),
      Example(ratio: 5, advantage: -1, clip: plain, loss: 5, slope: 5),
      Example(ratio: 5, advantage: -1, clip: capped, loss: 4, slope: 0),
      Example(ratio: 2, advantage: -1, clip: capped, loss: 2, slope: 2),
      Example(ratio: 5, advantage: -1, clip: dual, loss: 3, slope: 0),
      Example(ratio: 2, advantage: -1, clip: dual, loss: 2, slope: 2),
      Example(ratio: 5, advantage: 1, clip: dual, loss: -1.3, slope: 0),
    ]
  }()

  @Test(arguments: examples) func clipsTheSideThatPaysTooMuch(example: Example) {
    let logProbs = Tensor([log(example.ratio)])
    func loss(_ logProbs: Tensor) -> Tensor {
      let ratios = ImportanceRatios(
        logProbs: logProbs, behaviorLogProbs: Tensor([0]), tokens: one, level: .token)
      let advantages = Tensor([example.advantage])
      return clippedSurrogate(ratios, advantages: advantages, tokens: one, clip: example.clip).loss
    }
    #expect(abs(loss(logProbs).value - example.loss) < 1e-6)
    #expect(abs(gradient(of: logProbs, loss).values[0] - example.slope) < 1e-6)
  }

  /// GSPO: a sequence of n tokens moves each of them by s·A / n. Here s = exp((0.2 + 0.4) / 2).
  @Test func sequenceRatioSharesItsGradient() {
    let tokens = TrainedTokens(
      lengths: [2], aggregation: .sequenceMean, totals: StepTotals(lengths: [2]))
    let slope = gradient(of: Tensor([-1, -2])) { logProbs in
      let ratios = ImportanceRatios(
        logProbs: logProbs, behaviorLogProbs: Tensor([-1.2, -2.4]), tokens: tokens, level: .sequence
      )
      return clippedSurrogate(
        ratios, advantages: Tensor([3, 3]), tokens: tokens, clip: RatioClip(low: 1, high: 1)
      ).loss
    }
    for value in slope.values { #expect(abs(value + exp(0.3) * 3 / 2) < 1e-5) }
  }

  /// Of three tokens one is held low, one high; of two sequences the first is held low.
  @Test func metricsCountTokensOrSequences() throws {
    let tokens = TrainedTokens(
      lengths: [2, 0, 1], aggregation: .tokenMean, totals: StepTotals(lengths: [2, 1]))
    func metrics(_ level: RatioLevel) -> Metrics {
      let ratios = ImportanceRatios(
        logProbs: Tensor([-2, -1, -0.5]), behaviorLogProbs: Tensor([-1, -1, -1]), tokens: tokens,
        level: level)
      return clippedSurrogate(
        ratios, advantages: Tensor([-1, -1, 1]), tokens: tokens,
        clip: RatioClip(low: 0.2, high: 0.8)
      ).metrics
    }
    let byToken = metrics(.token)
    #expect(try abs(#require(byToken["clip_ratio/low_mean"]) - 1.0 / 3) < 1e-12)
    #expect(byToken["clip_ratio/high_mean"] == 0)
    let bySequence = metrics(.sequence)
    #expect(bySequence["clip_ratio/low_mean"] == 0.5)
    #expect(bySequence["clip_ratio/region_mean"] == 0.5)
  }
}
