import Foundation
import Objectives
import TensorCore
import TestSupport
import Testing

struct SurrogateTests {
  static let all: [Surrogate] = [
    .clipped(RatioClip(low: 0.2, high: 0.2)), .detached(0...5), .soft(GateTemperatures()),
    .geometric(low: 0.4, high: 0.4), .gamma(GammaWeights()),
  ]

  /// Loss and slope of one token of weight 1 and behavior log-probability 0.
  private func measure(
    _ surrogate: Surrogate, ratio: Float, advantage: Float
  ) -> (loss: Float, slope: Float) {
    let tokens = TrainedTokens(weights: Tensor([1]), sequences: [0])
    func loss(_ logProbs: Tensor) -> Tensor {
      let ratios = ImportanceRatios(
        logProbs: logProbs, behaviorLogProbs: Tensor([0]), tokens: tokens, level: .token)
      return surrogate(
        ratios, logProbs: logProbs, behaviorLogProbs: Tensor([0]),
        advantages: Tensor([advantage]), tokens: tokens
      ).loss
    }
    let logProbs = Tensor([log(ratio)])
    return (loss(logProbs).value, gradient(of: logProbs, loss).values[0])
  }

  /// On policy every surrogate is REINFORCE: its slope is minus the advantage.
  @Test(arguments: all, [Float(2), -3])
  func atRatioOneAllAreReinforce(_ surrogate: Surrogate, advantage: Float) {
    #expect(abs(measure(surrogate, ratio: 1, advantage: advantage).slope + advantage) < 1e-6)
  }

  /// SAPO's gate at ratios 0.8, 1 and 1.2 for a good token: 4 σ(r - 1). A bad one has τ = 1.05.
  @Test(arguments: [(0.8, 1.8006640), (1, 2), (1.2, 2.1993360)] as [(Float, Float)])
  func theSoftGateFades(ratio: Float, gate: Float) {
    let surrogate = Surrogate.soft(GateTemperatures())
    #expect(abs(measure(surrogate, ratio: ratio, advantage: 1).loss + gate) < 1e-6)
    let bad = 4 / 1.05 / (1 + exp(-1.05 * (ratio - 1)))
    #expect(abs(measure(surrogate, ratio: ratio, advantage: -1).loss - bad) < 1e-6)
  }

  /// Bounds 0.5...2: of ratios 3, 3, 3, 0.25, 1 the weights are 2, 2, 2, 0.5, 1; held are the bad
  /// one's and the good one's alike, but nothing that no advantage weighs: three of five.
  @Test func cispoHoldsGoodAndBadAlike() {
    let tokens = TrainedTokens(
      weights: .filled([5], with: 1), sequences: [0, 1, 2, 3, 4])
    let logProbs = Tensor([log(3), log(3), log(3), log(0.25), 0])
    let advantages = Tensor([1, -1, 0, -1, 1])
    func objective(_ logProbs: Tensor) -> Objective {
      let ratios = ImportanceRatios(
        logProbs: logProbs, behaviorLogProbs: .zeros([5]), tokens: tokens, level: .token)
      return cispo(
        ratios, logProbs: logProbs, advantages: advantages, tokens: tokens, bounds: 0.5...2)
    }
    #expect(gradient(of: logProbs) { objective($0).loss }.values == [-2, 2, 0, 0.5, -1])
    #expect(objective(logProbs).metrics["cispo_clip_ratio"] == 0.6)
  }

  /// Log-ratios 0.5 and -0.1 in ±0.2: a good sequence has the mean of 0.2 and -0.1; its held token
  /// has no slope, the other half of -A · exp(0.05). A bad one is held below alone.
  @Test func theGeometricMeanHoldsTokens() throws {
    let tokens = TrainedTokens(
      lengths: [2], aggregation: .sequenceMean, totals: StepTotals(lengths: [2]))
    func objective(_ logProbs: Tensor, _ advantage: Float) -> Objective {
      geometricMeanSurrogate(
        logProbs: logProbs, behaviorLogProbs: Tensor([-1, -1]),
        advantages: Tensor([advantage, advantage]), tokens: tokens, low: 0.2, high: 0.2)
    }
    let logProbs = Tensor([-0.5, -1.1])
    let good = objective(logProbs, 2)
    #expect(abs(good.loss.value + 2 * exp(0.05)) < 1e-6)
    #expect(good.metrics["clip_ratio/high_mean"] == 0.5)
    let slope = gradient(of: logProbs) { objective($0, 2).loss }.values
    #expect(slope[0] == 0 && abs(slope[1] + exp(0.05)) < 1e-6)
    let bad = objective(logProbs, -2)
    #expect(abs(bad.loss.value - 2 * exp(0.2)) < 1e-6)
    #expect(bad.metrics["clip_ratio/region_mean"] == 0)
  }

  /// φ(2) = e³ · 2² · e⁻⁶ of a good sequence, e² · 2³ · e⁻⁴ of a bad one.
  @Test(arguments: [(1, 4 * exp(-3)), (-1, 8 * exp(-2))] as [(Float, Float)])
  func theGammaWeightIsOfTheWholeSequence(advantage: Float, phi: Float) throws {
    let found = measure(.gamma(GammaWeights()), ratio: 2, advantage: advantage)
    #expect(abs(found.slope + phi * advantage) < 1e-5)
  }
}
