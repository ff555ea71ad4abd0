import Objectives
import TensorCore
import TestSupport
import Testing

/// The `dpo` cases of `losses.json`: TRL's own losses on three pairs, and their gradients.
struct TRLPreferenceLossTests {
  /// The fixture's pairs as the losses take them: chosen and rejected in turn.
  struct Pairs {
    let tokens: PairedTokens
    let logProbs, logSquaredNorms: [Float]
    let reference: PairScores

    init(_ inputs: PreferenceFixtures.Inputs) {
      let order = Pairs.order(inputs.tokenLogps.count)
      func inTurn(_ table: [[Float]]) -> [Float] {
        let mask = inputs.mask.rows
        return order.flatMap { row in
          zip(table[row], mask[row]).filter { $0.1 == 1 }.map(\.0)
        }
      }
      tokens = PairedTokens(lengths: order.map { inputs.mask.lengths[$0] })
      logProbs = inTurn(inputs.tokenLogps)
      logSquaredNorms = inTurn(inputs.logSumSqProbs)
      reference = PairScores(
        chosen: Tensor(inputs.refChosenLogps), rejected: Tensor(inputs.refRejectedLogps))
    }

    static func order(_ rows: Int) -> [Int] {
      (0..<rows / 2).flatMap { [$0, $0 + rows / 2] }
    }
  }

  /// `Σ_p w_p Σ_k λ_k · loss_k` as the trainer sums it; `reference` may carry a gradient.
  static func loss(
    _ fixture: PreferenceFixtures.Case, _ pairs: Pairs, logProbs: Tensor, reference: PairScores
  ) throws -> Tensor {
    let options = fixture.options
    let sums = pairs.tokens.sums(of: logProbs, tail: options.ldAlpha ?? 1)
    let logRatios = sums.ratios(to: reference)
    let scores = try divergence(options).scores(of: logRatios)
    let weights = options.lossWeights ?? [1]
    var terms: Tensor?
    for (word, weight) in zip(fixture.lossType.all, weights) {
      let term = try Self.terms(
        word, options, pairs, sums: sums, reference: reference, logRatios: logRatios,
        scores: scores, logProbs: logProbs)
      terms = terms.map { $0 + term * weight } ?? term * weight
    }
    var pairWeights = Tensor.filled([pairs.tokens.count], with: 1 / Float(pairs.tokens.count))
    if options.useWeighting {
      pairWeights =
        pairWeights
        * onPolicyWeights(
          logProbs: logProbs, logSquaredNorms: Tensor(pairs.logSquaredNorms), tokens: pairs.tokens)
    }
    return (pairWeights * (try #require(terms))).sum()
  }

  private static func divergence(_ options: PreferenceFixtures.Options) throws -> FDivergence {
    switch options.fDivergenceType {
    case "reverse_kl": .reverseKL
    case "forward_kl": .forwardKL
    case "js_divergence": .jensenShannon
    case "alpha_divergence": .alpha(options.fAlphaDivergenceCoef)
    default: throw UnknownWord(options.fDivergenceType)
    }
  }

  struct UnknownWord: Error {
    let word: String
    init(_ word: String) { self.word = word }
  }

  private static func terms(
    _ word: String, _ options: PreferenceFixtures.Options, _ pairs: Pairs, sums: PairScores,
    reference: PairScores, logRatios: PairScores, scores: PairScores, logProbs: Tensor
  ) throws -> Tensor {
    let (beta, epsilon) = (options.beta, options.labelSmoothing)
    switch word {
    case "sigmoid": return sigmoidPreference(scores.margins, beta: beta)
    case "sigmoid_norm":
      return sigmoidPreference(pairs.tokens.means(of: scores).margins, beta: beta)
    case "robust": return robustPreference(scores.margins, beta: beta, labelSmoothing: epsilon)
    case "hinge": return hingePreference(scores.margins, beta: beta)
    case "ipo": return identityPreference(pairs.tokens.means(of: scores).margins, beta: beta)
    case "exo_pair": return exactPreference(scores.margins, beta: beta, labelSmoothing: epsilon)
    case "discopop":
      return discoveredPreference(scores.margins, beta: beta, temperature: options.discopopTau)
    case "nca_pair": return contrastivePreference(logRatios, beta: beta)
    case "bco_pair": return binaryPreference(logRatios, beta: beta)
    case "sppo_hard": return selfPlayPreference(logRatios, beta: beta)
    case "apo_zero": return AnchoredPreference.zero(logRatios, beta: beta)
    case "apo_down": return AnchoredPreference.down(logRatios, beta: beta)
    case "aot":
      let partners = equalRankPartners(
        of: sums.margins.values, among: reference.margins.values)
      return transportedPreference(
        logProbMargins: sums.margins, partners: Tensor(partners), beta: beta,
        labelSmoothing: epsilon)
    case "aot_unpaired":
      let (chosen, rejected) = (logRatios.chosen.values, logRatios.rejected.values)
      let partners = PairScores(
        chosen: Tensor(equalRankPartners(of: chosen, among: rejected)),
        rejected: Tensor(equalRankPartners(of: rejected, among: chosen)))
      return transportedPreference(
        logRatios, partners: partners, beta: beta, labelSmoothing: epsilon)
    case "sft":
      let share = Float(pairs.tokens.count) / Float(pairs.tokens.chosenTokens)
      return pairs.tokens.sums(of: logProbs).chosen * -share
    default: throw UnknownWord(word)
    }
  }

  @Test func valuesGradientsAndMetricsMatch() throws {
    let inputs = try PreferenceFixtures.shared.get().dpo.inputs
    let pairs = Pairs(inputs)
    let cases = try PreferenceFixtures.shared.get().dpo.cases
    #expect(cases.count == 47)
    for (index, fixture) in cases.enumerated() {
      let name: Comment = "case \(index): \(fixture.lossType.all)"
      let logProbs = Tensor(pairs.logProbs)
      let loss = try Self.loss(fixture, pairs, logProbs: logProbs, reference: pairs.reference)
      #expect(isClose(loss.value, fixture.loss, relative: 1e-4), name)
      let slopes = try gradient(of: logProbs) {
        try Self.loss(fixture, pairs, logProbs: $0, reference: pairs.reference)
      }
      let expected = Pairs.order(fixture.gradTokenLogps.count).flatMap { row in
        zip(fixture.gradTokenLogps[row], inputs.mask.rows[row]).filter { $0.1 == 1 }.map(\.0)
      }
      expectClose(slopes, expected, name)
      let metrics = pairMetrics(
        logProbs: pairs.tokens.sums(of: logProbs, tail: fixture.options.ldAlpha ?? 1),
        reference: pairs.reference, tokens: pairs.tokens, beta: fixture.options.beta)
      let means = [
        ("rewards/chosen", fixture.rewardsChosenMean),
        ("rewards/rejected", fixture.rewardsRejectedMean),
        ("rewards/accuracies", fixture.rewardAccuracy),
      ]
      for (metric, value) in means {
        #expect(isClose(Float(try #require(metrics[metric])), value, relative: 1e-4), name)
      }
    }
  }

  /// The reference's own slopes, which nobody trains, are a check of the log-ratios' signs. AOT's
  /// order is a constant of the reference too, so its partners have none here.
  @Test func gradientsByTheReferenceMatch() throws {
    let pairs = Pairs(try PreferenceFixtures.shared.get().dpo.inputs)
    let logProbs = Tensor(pairs.logProbs)
    for fixture in try PreferenceFixtures.shared.get().dpo.cases
    where fixture.lossType.all != ["aot"] {
      let name: Comment = "\(fixture.lossType.all)"
      let nothing = Array(repeating: 0.0, count: pairs.tokens.count)
      let chosen = try gradient(of: pairs.reference.chosen) {
        try Self.loss(
          fixture, pairs, logProbs: logProbs,
          reference: PairScores(chosen: $0, rejected: pairs.reference.rejected))
      }
      let rejected = try gradient(of: pairs.reference.rejected) {
        try Self.loss(
          fixture, pairs, logProbs: logProbs,
          reference: PairScores(chosen: pairs.reference.chosen, rejected: $0))
      }
      expectClose(chosen, fixture.gradRefChosen ?? nothing, name)
      expectClose(rejected, fixture.gradRefRejected ?? nothing, name)
    }
  }

  @Test func theConservativeSigmoidMatches() throws {
    let fixtures = try PreferenceFixtures.shared.get().dpo
    let pairs = Pairs(fixtures.inputs)
    let expected = fixtures.conservativeSigmoid
    func loss(_ scores: PairScores) -> Tensor {
      sigmoidPreference(
        scores.ratios(to: pairs.reference).margins, beta: expected.beta,
        labelSmoothing: expected.labelSmoothing
      ).sum() * (1 / 3)
    }
    let sums = pairs.tokens.sums(of: Tensor(pairs.logProbs))
    #expect(isClose(loss(sums).value, expected.loss, relative: 1e-4))
    expectClose(
      gradient(of: sums.chosen) { loss(PairScores(chosen: $0, rejected: sums.rejected)) },
      expected.gradChosenLogps, "chosen")
    expectClose(
      gradient(of: sums.rejected) { loss(PairScores(chosen: sums.chosen, rejected: $0)) },
      expected.gradRejectedLogps, "rejected")
  }
}
