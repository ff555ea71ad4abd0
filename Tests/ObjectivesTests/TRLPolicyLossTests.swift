import Foundation
import Objectives
import TensorCore
import TestSupport
import Testing

/// The `grpo` cases of `losses.json`: TRL's own policy loss on one generation batch.
struct TRLPolicyLossTests {
  /// What a case asks for beyond a plain surrogate, one word each.
  static let supported: Set<String> = [
    "grpo", "bnpo", "dr_grpo", "dapo", "luspo", "cispo", "token", "sequence", "delta", "kl",
    "uncorrected_kl", "entropy_coef", "on_policy",
  ]
  static let unsupported: Set<String> = [
    "sapo", "vespo", "top_entropy_quantile", "off_policy_mask",
  ]
  /// Extremes over ranks, a coefficient, and a statistic of a loss that is not here.
  static let unreported: Set<String> = [
    "clip_ratio/low_min", "clip_ratio/high_max", "entropy_coef", "vespo/phi_seq_mean",
  ]

  static func cases() throws -> [LossFixtures.GRPO.Case] {
    try LossFixtures.shared.get().grpo.cases
  }

  static func features(_ options: LossFixtures.GRPO.Options) -> Set<String> {
    var features: Set = [options.lossType, options.importanceSamplingLevel]
    if options.delta != nil { features.insert("delta") }
    if options.beta != 0 { features.insert("kl") }
    if options.beta != 0 && !options.useBiasCorrectionKl { features.insert("uncorrected_kl") }
    if options.entropyCoef != 0 { features.insert("entropy_coef") }
    if options.topEntropyQuantile != 1 { features.insert("top_entropy_quantile") }
    if options.offPolicyMaskThreshold != nil { features.insert("off_policy_mask") }
    if !options.useOld { features.insert("on_policy") }
    return features
  }

  static let knownOptions: Set<String> = [
    "beta", "delta", "entropy_coef", "epsilon", "epsilon_high", "importance_sampling_level",
    "loss_type", "off_policy_mask_threshold", "top_entropy_quantile", "use_bias_correction_kl",
    "use_old",
  ]

  /// A new option, or a new value of one, fails here until it stands in one of the lists.
  @Test func everyOptionIsListed() throws {
    let file = try JSONSerialization.jsonObject(with: Fixture.data("losses/losses.json"))
    let families = try #require(file as? [String: Any])
    let raw = try #require((families["grpo"] as? [String: Any])?["cases"] as? [[String: Any]])
    for fixture in raw {
      #expect(Set(try #require(fixture["options"] as? [String: Any]).keys) == Self.knownOptions)
    }
    let cases = try Self.cases()
    for fixture in cases {
      let features = Self.features(fixture.options)
      #expect(features.isSubset(of: Self.supported.union(Self.unsupported)))
    }
    // The other 14 want SAPO, VESPO, the entropy quantile or the off-policy mask.
    let covered = cases.count { Self.features($0.options).isSubset(of: Self.supported) }
    #expect(cases.count == 50)
    #expect(covered == 36)
  }

  @Test func valuesGradientsAndMetricsMatch() throws {
    let inputs = try LossFixtures.shared.get().grpo.inputs
    for (index, fixture) in try Self.cases().enumerated() {
      let options = fixture.options
      guard Self.features(options).isSubset(of: Self.supported) else { continue }
      let (logProbs, entropies) = (
        Tensor(inputs.mask(inputs.logps)), Tensor(inputs.mask(inputs.entropies))
      )
      let objective = try objective(options, inputs, logProbs: logProbs, entropies: entropies)
      #expect(isClose(objective.loss.value, fixture.loss, relative: 1e-4), "case \(index)")

      let byLogProbs = try gradient(of: logProbs) {
        try self.objective(options, inputs, logProbs: $0, entropies: entropies).loss
      }
      expectClose(byLogProbs, inputs.mask(fixture.gradLogps), "case \(index): log-probs")
      let byEntropies = try gradient(of: entropies) {
        try self.objective(options, inputs, logProbs: logProbs, entropies: $0).loss
      }
      let expected = fixture.gradEntropies.map { inputs.mask($0) }
      expectClose(
        byEntropies, expected ?? Array(repeating: 0, count: entropies.count),
        "case \(index): entropies")

      for (name, value) in fixture.metrics where !Self.unreported.contains(name) {
        let found = try #require(objective.metrics[name], "case \(index): \(name)")
        #expect(isClose(Float(found), value, relative: 1e-4), "case \(index): \(name)")
      }
    }
  }

  /// The pieces that TRL's options name, combined.
  private func objective(
    _ options: LossFixtures.GRPO.Options, _ inputs: LossFixtures.GRPO.Inputs, logProbs: Tensor,
    entropies: Tensor
  ) throws -> Objective {
    let lengths = inputs.mask.lengths
    let totals = StepTotals(lengths: lengths)
    let aggregation = try #require(
      [
        "grpo": .sequenceMean, "bnpo": .tokenMean, "dapo": .tokenMean, "cispo": .tokenMean,
        "luspo": .sequenceSum, "dr_grpo": .constant(length: inputs.maxCompletionLength),
      ][options.lossType] as Aggregation?)
    let tokens = TrainedTokens(lengths: lengths, aggregation: aggregation, totals: totals)
    let ratios = ImportanceRatios(
      logProbs: logProbs,
      behaviorLogProbs: options.useOld
        ? Tensor(inputs.mask(inputs.oldLogps)) : logProbs.detached,
      tokens: tokens, level: try #require(RatioLevel(rawValue: options.importanceSamplingLevel)))
    let advantages = tokens.repeating(inputs.advantages)
    var objective =
      options.lossType == "cispo"
      ? cispo(
        ratios, logProbs: logProbs, advantages: advantages, tokens: tokens,
        bounds: 0...options.epsilonHigh)
      : clippedSurrogate(
        ratios, advantages: advantages, tokens: tokens,
        clip: RatioClip(
          low: options.epsilon, high: options.epsilonHigh, delta: options.delta ?? .infinity))
    if options.beta != 0 {
      let divergences = k3Divergences(
        logProbs: logProbs, referenceLogProbs: Tensor(inputs.mask(inputs.refLogps)),
        correctedBy: options.useBiasCorrectionKl ? ratios : nil)
      objective = objective + klPenalty(divergences, coefficient: options.beta, tokens: tokens)
    }
    let allTokens = TrainedTokens(lengths: lengths, aggregation: .tokenMean, totals: totals)
    return objective
      + entropyBonus(entropies, coefficient: options.entropyCoef, tokens: allTokens)
  }
}
