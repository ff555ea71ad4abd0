import Objectives
import TensorCore
import TestSupport
import Testing

/// TRL's PPO from what was sampled to both gradients.
struct PPOGoldenTests {
  /// A golden row's part that TRL values and rewards: it puts the score behind the last token
  /// where the row has a place there, and values that place. Ours ends with the last token.
  struct Row {
    var tokens, valued: Int

    static func all(_ inputs: LossFixtures.PPO.Inputs) -> [Row] {
      zip(inputs.mask.lengths, inputs.values).map { length, values in
        Row(tokens: length, valued: min(length + 1, values.count))
      }
    }
  }

  struct Path {
    var rewards, advantages: [[Double]]
    var estimates: [AdvantageEstimate]

    init(_ options: LossFixtures.PPO.Options, _ inputs: LossFixtures.PPO.Inputs) {
      let estimator = options.klEstimator == "k1" ? k1Divergences : k3Divergences
      let rows = Row.all(inputs)
      let unscaled = rows.enumerated().map { index, row in
        let divergences = estimator(
          Array(inputs.logprobs[index][..<row.tokens]),
          Array(inputs.refLogprobs[index][..<row.tokens]))
        return tokenRewards(
          score: inputs.scores[index],
          divergences: divergences + Array(repeating: 0, count: row.valued - row.tokens),
          beta: options.klCoef)
      }
      rewards = options.whitenRewards ? whitened(unscaled, shiftsMean: false) : unscaled
      estimates = zip(rewards, inputs.values).map { rewards, values in
        generalizedAdvantages(
          rewards: rewards, values: values[..<rewards.count].map { Double($0) },
          gamma: options.gamma, lambda: options.lam)
      }
      advantages = whitened(
        zip(estimates, rows).map { Array($0.advantages[..<$1.tokens]) })
    }
  }

  @Test func theWholePathMatches() throws {
    let golden = try LossFixtures.shared.get().ppo
    #expect(golden.cases.count == 8)
    for (index, expected) in golden.cases.enumerated() {
      let path = Path(expected.options, golden.inputs)
      func check(_ found: [[Double]], _ table: [[Double]], _ name: String) {
        for (found, row) in zip(found, table) {
          #expect(zip(found, row).allSatisfy { abs($0 - $1) < 1e-6 }, "case \(index): \(name)")
        }
        #expect(found.count == table.count)
      }
      check(path.rewards, expected.rewards, "rewards")
      check(path.estimates.map(\.advantages), expected.advantagesRaw, "raw advantages")
      check(path.estimates.map(\.returns), expected.returns, "returns")
      check(path.advantages, expected.advantages, "advantages")
    }
  }

  @Test func policyLossAndGradientMatch() throws {
    let golden = try LossFixtures.shared.get().ppo
    let mask = golden.inputs.mask
    let tokens = TrainedTokens(
      lengths: mask.lengths, aggregation: .tokenMean, totals: StepTotals(lengths: mask.lengths))
    for (index, expected) in golden.cases.enumerated() {
      let width = expected.options.cliprange
      let advantages = Path(expected.options, golden.inputs).advantages.joined()
      func objective(_ logProbs: Tensor) -> Objective {
        let ratios = ImportanceRatios(
          logProbs: logProbs, behaviorLogProbs: Tensor(mask(golden.inputs.logprobs)),
          tokens: tokens, level: .token)
        return clippedSurrogate(
          ratios, advantages: Tensor(advantages.map { Float($0) }), tokens: tokens,
          clip: RatioClip(low: width, high: width))
      }
      let logProbs = Tensor(mask(golden.inputs.newLogprobs))
      let found = objective(logProbs)
      #expect(isClose(found.loss.value, expected.pgLoss, relative: 1e-4), "case \(index)")
      let share = try #require(found.metrics["clip_ratio/region_mean"])
      #expect(abs(share - expected.pgClipfrac) < 1e-12, "case \(index)")
      expectClose(
        gradient(of: logProbs) { objective($0).loss }, mask(expected.gradLogprobs), "case \(index)")
      // TRL's mean is over the padding too, where both are 1.
      let moved = k2Divergences(
        logProbs: logProbs, referenceLogProbs: Tensor(mask(golden.inputs.logprobs)))
      let places = golden.inputs.values.reduce(0) { $0 + $1.count }
      #expect(isClose(moved.sum().value / Float(places), expected.approxkl, relative: 1e-4))
    }
  }

  @Test func valueLossAndGradientMatch() throws {
    let golden = try LossFixtures.shared.get().ppo
    let rows = Row.all(golden.inputs)
    let lengths = rows.map(\.valued)
    let tokens = TrainedTokens(
      lengths: lengths, aggregation: .tokenMean, totals: StepTotals(lengths: lengths))
    func valued<Element>(_ table: [[Element]]) -> [Element] {
      zip(table, lengths).flatMap { $0[..<$1] }
    }
    for (index, expected) in golden.cases.enumerated() {
      let options = expected.options
      let returns = Path(options, golden.inputs).estimates.flatMap(\.returns)
      func objective(_ values: Tensor) -> Objective {
        clippedValueLoss(
          values, behaviorValues: Tensor(valued(golden.inputs.values)),
          returns: Tensor(returns.map { Float($0) }), clip: options.cliprangeValue,
          coefficient: options.vfCoef, tokens: tokens)
      }
      let values = Tensor(valued(golden.inputs.vpred))
      let found = objective(values)
      let loss = try #require(found.metrics["critic/vf_loss"])
      #expect(isClose(Float(loss), expected.vfLoss, relative: 1e-4), "case \(index)")
      #expect(
        isClose(found.loss.value, expected.loss - expected.pgLoss, relative: 1e-4), "case \(index)")
      let share = try #require(found.metrics["critic/vf_clipfrac"])
      #expect(abs(share - expected.vfClipfrac) < 1e-12, "case \(index)")
      expectClose(
        gradient(of: values) { objective($0).loss }, valued(expected.gradValues), "case \(index)")
    }
  }
}
