import Foundation
import Objectives
import TensorCore
import TestSupport
import Testing

struct KLPenaltyTests {
  /// log p = -1, log q = -1.3: k1 = 0.3, k2 = 0.3² / 2, k3 = exp(-0.3) + 0.3 - 1.
  @Test func estimatorsMatchTheWorkedExample() {
    let (policy, reference) = (Tensor([-1]), Tensor([-1.3]))
    let k1 = k1Divergences(logProbs: [-1], referenceLogProbs: [-1.3])
    #expect(abs(k1[0] - 0.3) < 1e-7)
    let k2 = k2Divergences(logProbs: policy, referenceLogProbs: reference)
    #expect(abs(k2.values[0] - 0.045) < 1e-7)
    let k3 = k3Divergences(logProbs: policy, referenceLogProbs: reference)
    #expect(abs(k3.values[0] - 0.0408182207) < 1e-7)
  }

  @Test func estimatorsMatchTheGoldens() throws {
    let golden = try LossFixtures.shared.get().kl
    let (logProbs, reference) = (
      golden.inputs.logps.flatMap { $0 }, golden.inputs.refLogps.flatMap { $0 }
    )
    #expect(Set(golden.estimators.keys) == ["k1", "k2", "k3"])

    let k1 = k1Divergences(logProbs: logProbs, referenceLogProbs: reference)
    let expected = try #require(golden.estimators["k1"]).values.flatMap { $0 }
    #expect(zip(k1, expected).allSatisfy { isClose(Float($0), $1, relative: 1e-4) })

    let tensorForms = ["k2": Self.k2, "k3": Self.k3]
    for (name, divergences) in tensorForms {
      let estimator = try #require(golden.estimators[name])
      let values = divergences(Tensor(logProbs), Tensor(reference))
      expectClose(values, estimator.values.flatMap { $0 }, "\(name)")
      let slope = gradient(of: Tensor(logProbs)) { divergences($0, Tensor(reference)).sum() }
      expectClose(slope, estimator.gradLogps.flatMap { $0 }, "∇\(name)")
    }
  }

  typealias Estimator = @Sendable (_ logProbs: Tensor, _ reference: Tensor) -> Tensor
  static let k2: Estimator = { k2Divergences(logProbs: $0, referenceLogProbs: $1) }
  static let k3: Estimator = { k3Divergences(logProbs: $0, referenceLogProbs: $1) }
}

/// What each estimator pulls towards, on average over everything an on-policy sampler can draw.
struct KLGradientTests {
  let policy = Distribution(logits: [0.7, 0.2, 0.1].map { log($0) })
  let reference = Distribution(logits: [0.5, 0.3, 0.2].map { log($0) })

  @Test func bareK1InTheLossRegularizesNothing() {
    let slope = expectedGradient { $0 - $1 }
    #expect(slope.allSatisfy { abs($0) < 1e-7 })
  }

  @Test func k2PullsLikeTheReverseKL() {
    expectEqual(
      expectedGradient { k2Divergences(logProbs: $0, referenceLogProbs: $1) },
      policy.gradientOfDivergence(from: reference))
  }

  /// The forward gradient is `policy - reference` = (0.2, -0.1, -0.1).
  @Test func bareK3PullsLikeTheForwardKL() {
    let slope = expectedGradient { k3Divergences(logProbs: $0, referenceLogProbs: $1) }
    expectEqual(slope, policy.gradientOfForwardDivergence(from: reference))
    expectEqual(slope, [0.2, -0.1, -0.1])
  }

  @Test func correctedK3PullsLikeTheReverseKL() {
    let slope = expectedGradient { logProbs, reference in
      k3Divergences(
        logProbs: logProbs, referenceLogProbs: reference, correctedBy: onPolicy(logProbs))
    }
    expectEqual(slope, policy.gradientOfDivergence(from: reference))
    expectEqual(slope, [0.17594, -0.09812, -0.07783])
  }

  @Test func k1InTheRewardPullsLikeTheReverseKL() {
    let penalties = k1Divergences(
      logProbs: policy.logProbs.map { Float($0) },
      referenceLogProbs: reference.logProbs.map { Float($0) })
    let slope = slopeByLogits { logProbs in
      clippedSurrogate(
        onPolicy(logProbs), advantages: Tensor(penalties.map { Float(-$0) }), tokens: tokens,
        clip: RatioClip(low: 0.2, high: 0.2)
      ).loss
    }
    expectEqual(slope, policy.gradientOfDivergence(from: reference))
  }

  /// Every token once, weighing its probability: a sum over them is an expectation.
  private var tokens: TrainedTokens {
    TrainedTokens(weights: Tensor(policy.probabilities.map { Float($0) }), sequences: [0, 1, 2])
  }

  private func onPolicy(_ logProbs: Tensor) -> ImportanceRatios {
    ImportanceRatios(
      logProbs: logProbs, behaviorLogProbs: logProbs.detached, tokens: tokens, level: .token)
  }

  private func expectedGradient(_ divergences: (Tensor, Tensor) -> Tensor) -> [Double] {
    let reference = Tensor(reference.logProbs.map { Float($0) })
    return slopeByLogits { logProbs in
      klPenalty(divergences(logProbs, reference), coefficient: 1, tokens: tokens).loss
    }
  }

  private func slopeByLogits(_ loss: (Tensor) -> Tensor) -> [Double] {
    let byLogProbs = gradient(of: Tensor(policy.logProbs.map { Float($0) }), loss)
    return policy.logProbs.indices.map { logit in
      policy.logProbs.indices.reduce(0) { sum, token in
        sum + Double(byLogProbs.values[token]) * policy.gradientOfLogProb(at: token)[logit]
      }
    }
  }

  private func expectEqual(_ found: [Double], _ expected: [Double]) {
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-5) }
  }
}
