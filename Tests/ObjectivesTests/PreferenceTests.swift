import Objectives
import Randomness
import TensorCore
import TestSupport
import Testing

/// Preference losses by numbers to recompute, and the laws they keep.
struct PreferenceTests {
  // c = .4, r = -.3, β = .1 as in the definitions' vectors.
  private static let scores = PairScores(chosen: Tensor([0.4]), rejected: Tensor([-0.3]))
  private static let tokens = PairedTokens(lengths: [4, 2])

  struct Golden: CustomTestStringConvertible, Sendable {
    var name: String
    var expected: Double
    var terms: @Sendable (PairScores) -> Tensor
    var testDescription: String { name }
  }

  private static let goldens: [Golden] = [
    Golden(name: "sigmoid", expected: 0.6587595555) { sigmoidPreference($0.margins, beta: 0.1) },
    Golden(name: "conservative", expected: 0.6657595555) {
      sigmoidPreference($0.margins, beta: 0.1, labelSmoothing: 0.1)
    },
    Golden(name: "robust", expected: 0.6500095555) {
      robustPreference($0.margins, beta: 0.1, labelSmoothing: 0.1)
    },
    Golden(name: "hinge", expected: 0.93) { hingePreference($0.margins, beta: 0.1) },
    Golden(name: "ipo of means", expected: 22.5625) {
      identityPreference(tokens.means(of: $0).margins, beta: 0.1)
    },
    Golden(name: "ipo of sums", expected: 18.49) { identityPreference($0.margins, beta: 0.1) },
    Golden(name: "sigmoid of means", expected: 0.6807253035) {
      sigmoidPreference(tokens.means(of: $0).margins, beta: 0.1)
    },
    Golden(name: "exo", expected: 2.6410239559) {
      exactPreference($0.margins, beta: 0.1, labelSmoothing: 1e-3)
    },
    Golden(name: "nca", expected: 1.3691505890) { contrastivePreference($0, beta: 0.1) },
    Golden(name: "bco", expected: 1.3516068434) { binaryPreference($0, beta: 0.1) },
    Golden(name: "sppo", expected: 43.25) { selfPlayPreference($0, beta: 0.1) },
    Golden(name: "apo zero", expected: 0.9825018956) { AnchoredPreference.zero($0, beta: 0.1) },
    Golden(name: "apo down", expected: 0.9925058092) { AnchoredPreference.down($0, beta: 0.1) },
    Golden(name: "discopop", expected: 0.8782645538) {
      discoveredPreference($0.margins, beta: 0.1)
    },
    // Half of 0.4950001667 and half of 0.4875026035.
    Golden(name: "kto", expected: 0.4912513851) { prospectPreference($0, z: 0.2, beta: 0.1) },
    Golden(name: "kto, desirable alone", expected: 0.2475000834) {
      prospectPreference($0, z: 0.2, beta: 0.1, undesirable: 0)
    },
  ]

  @Test(arguments: goldens) func numbersToRecompute(_ golden: Golden) {
    #expect(isClose(golden.terms(Self.scores).value, golden.expected, relative: 1e-6))
  }

  /// Mean log-probabilities -½ and -1: SimPO with β 2 and γ ½, and ORPO's odds.
  @Test func lossesWithoutAReference() {
    let means = PairScores(chosen: Tensor([-0.5]), rejected: Tensor([-1]))
    let simPO = sigmoidPreference(means.margins, beta: 2, target: 0.5)
    #expect(isClose(simPO.value, 0.4740769842, relative: 1e-6))
    #expect(isClose(logOddsRatios(meanLogProbs: means).value, 0.9740769842, relative: 1e-6))
    // 0.1 of it is the 0.0320299785 of ORPO's β.
    #expect(
      isClose(oddsRatioPreference(meanLogProbs: means).value * 0.1, 0.0320299785, relative: 1e-5))
  }

  /// Beyond the second of four tokens the longer completion counts a quarter.
  @Test func aTailCountsLess() {
    let logProbs = Tensor([1, 2, 3, 4, 5, 6])
    let sums = Self.tokens.sums(of: logProbs, tail: 0.25)
    #expect(sums.chosen.values == [4.75])  // 1 + 2 + (3 + 4) / 4
    #expect(sums.rejected.values == [11])
    #expect(Self.tokens.means(of: Self.tokens.sums(of: logProbs)).chosen.values == [2.5])
  }

  /// Ranks of 3, 1, 2 among 10, 30, 20; equal values keep their order.
  @Test func partnersHaveEqualRank() {
    #expect(equalRankPartners(of: [3, 1, 2], among: [10, 30, 20]) == [30, 10, 20])
    #expect(equalRankPartners(of: [1, 1, 0], among: [7, 5, 6]) == [6, 7, 5])
  }

  @Test func theReferencePointIsNeverNegative() {
    #expect(klReferencePoint(logRatios: [0.5, -0.25]) == 0.125)
    #expect(klReferencePoint(logRatios: [-0.5, 0.25]) == 0)
    #expect(klReferencePoint(logRatios: []) == 0)
  }

  /// Probabilities ½, ¼, ¼ at temperature 1: Σ p² is 3/8, and at ½ they are 4, 1, 1 of 6.
  @Test func squaredNormsNeedNoVocabulary() {
    let found = logSquaredNorms(
      logProbs: Tensor([-0.693_147_2, -1.386_294_4]),
      atHalfTemperature: Tensor([-0.405_465_1, -1.791_759_5]))
    for value in found.values { #expect(isClose(value, -0.980829253, relative: 1e-6)) }
  }

  /// A certain completion has infinite odds, which are held: the loss and its gradient stay finite.
  @Test func certaintyIsFinite() {
    let rejected = Tensor([Float(-1)])
    let slopes = gradient(of: Tensor([Float(0)])) {
      oddsRatioPreference(meanLogProbs: PairScores(chosen: $0, rejected: rejected)).sum()
    }
    #expect(slopes.values[0].isFinite)
    let certain = PairScores(chosen: Tensor([Float(0)]), rejected: rejected)
    let loss: Float = oddsRatioPreference(meanLogProbs: certain).value
    #expect(loss < 1e-5)
  }
}
