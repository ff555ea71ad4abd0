import Foundation
import Objectives
import TensorCore
import TestSupport
import Testing

/// The `grpo` cases of `losses.json`: TRL's own policy loss on one generation batch.
struct TRLPolicyLossTests {
  /// What a case asks for beyond a plain surrogate, one word each.
  static let features: Set<String> = [
    "grpo", "bnpo", "dr_grpo", "dapo", "luspo", "cispo", "sapo", "vespo", "token", "sequence",
    "delta", "kl", "uncorrected_kl", "entropy_coef", "on_policy", "top_entropy_quantile",
    "off_policy_mask",
  ]
  /// Extremes over ranks, and a coefficient; and what TRL counts of CISPO's clip, which leaves out
  /// tokens of negative advantage, though their weights are held too.
  static let unreported: Set<String> = [
    "clip_ratio/low_min", "clip_ratio/high_max", "entropy_coef", "cispo_clip_ratio",
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

  /// A new option, or a new value of one, fails here until it stands in a list.
  @Test func everyOptionIsListed() throws {
    let file = try JSONSerialization.jsonObject(with: Fixture.data("losses/losses.json"))
    let families = try #require(file as? [String: Any])
    let raw = try #require((families["grpo"] as? [String: Any])?["cases"] as? [[String: Any]])
    for fixture in raw {
      #expect(Set(try #require(fixture["options"] as? [String: Any]).keys) == Self.knownOptions)
    }
    let cases = try Self.cases()
    #expect(cases.count == 50)
    for fixture in cases {
      #expect(Self.features(fixture.options).isSubset(of: Self.features))
    }
  }

  @Test func valuesGradientsAndMetricsMatch() throws {
    let inputs = try LossFixtures.shared.get().grpo.inputs
    for (index, fixture) in try Self.cases().enumerated() {
      let options = fixture.options
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
        "grpo": .sequenceMean, "sapo": .sequenceMean, "bnpo": .tokenMean, "dapo": .tokenMean,
        "cispo": .tokenMean, "vespo": .tokenMean, "luspo": .sequenceSum,
        "dr_grpo": .constant(length: inputs.maxCompletionLength),
      ][options.lossType] as Aggregation?)
    let tokens = TrainedTokens(lengths: lengths, aggregation: aggregation, totals: totals)
    let behavior =
      options.useOld ? Tensor(inputs.mask(inputs.oldLogps)) : logProbs.detached
    let ratios = ImportanceRatios(
      logProbs: logProbs, behaviorLogProbs: behavior, tokens: tokens,
      level: try #require(RatioLevel(rawValue: options.importanceSamplingLevel)))
    let advantages = tokens.repeating(inputs.advantages)
    var surrogateTokens = tokens.weighted(
      by: Tensor(
        topEntropyMask([entropies.values], share: Double(options.topEntropyQuantile))[0]))
    if let threshold = options.offPolicyMaskThreshold {
      surrogateTokens = surrogateTokens.weighted(
        by: offPolicyMask(
          logProbs: logProbs, behaviorLogProbs: behavior, advantages: advantages,
          threshold: threshold, tokens: tokens))
    }
    var objective = surrogate(options)(
      ratios, logProbs: logProbs, behaviorLogProbs: behavior, advantages: advantages,
      tokens: surrogateTokens)
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

  private func surrogate(_ options: LossFixtures.GRPO.Options) -> Surrogate {
    switch options.lossType {
    case "cispo": .detached(0...options.epsilonHigh)
    case "sapo": .soft(GateTemperatures())
    case "vespo": .gamma(GammaWeights())
    default:
      .clipped(
        RatioClip(
          low: options.epsilon, high: options.epsilonHigh, delta: options.delta ?? .infinity))
    }
  }
}
