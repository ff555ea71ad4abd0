import Foundation
import Objectives
import Randomness
import TensorCore
import TestSupport
import Testing

/// Laws that every objective keeps, whatever it computes.
struct MicroBatchTests {
  /// Objectives as functions of a part of the step.
  static let objectives: [String: @Sendable (Part) -> Objective] = {
    var all: [String: @Sendable (Part) -> Objective] = [
      "cross-entropy": { maskedCrossEntropy(logProbs: $0.logProbs, tokens: $0.tokens) },
      "entropy": { entropyBonus($0.logProbs, coefficient: 0.1, tokens: $0.tokens) },
      "exact": { klPenalty($0.logProbs, coefficient: 0.1, tokens: $0.tokens) },
      "k2": { part in
        klPenalty(
          k2Divergences(logProbs: part.logProbs, referenceLogProbs: part.reference),
          coefficient: 0.1, tokens: part.tokens)
      },
      "off-policy mask": { part in
        let mask = offPolicyMask(
          logProbs: part.logProbs, behaviorLogProbs: part.behavior, advantages: part.advantages,
          threshold: 0.01, tokens: part.tokens)
        return maskedCrossEntropy(logProbs: part.logProbs, tokens: part.tokens.weighted(by: mask))
      },
      "distillation": { part in
        distillation(
          k2Divergences(logProbs: part.logProbs, referenceLogProbs: part.reference),
          coefficient: 0.5, tokens: part.tokens)
      },
      "value": { part in
        clippedValueLoss(
          part.logProbs, behaviorValues: part.behavior, returns: part.reference, clip: 0.2,
          coefficient: 0.1, tokens: part.tokens)
      },
    ]
    let clips = [
      "plain": RatioClip(low: 0.2, high: 0.28), "delta": RatioClip(low: 0.2, high: 0.2, delta: 1.5),
      "dual": RatioClip(low: 0.2, high: 0.2, dualClip: 1.5),
    ]
    for (name, surrogate) in [
      "gmpo": Surrogate.geometric(low: 0.1, high: 0.2), "vespo": .gamma(GammaWeights()),
    ] {
      all[name] = { $0.measured(surrogate, .token) }
    }
    for level in RatioLevel.allCases {
      all["sapo \(level)"] = { $0.measured(.soft(GateTemperatures()), level) }
      for (name, clip) in clips {
        all["surrogate \(name) \(level)"] = { $0.measured(.clipped(clip), level) }
      }
      all["cispo \(level)"] = { $0.measured(.detached(0...1.2), level) }
      all["k3 \(level)"] = { part in
        let divergences = k3Divergences(
          logProbs: part.logProbs, referenceLogProbs: part.reference,
          correctedBy: part.ratios(level))
        return klPenalty(divergences, coefficient: 0.1, tokens: part.tokens)
      }
    }
    return all
  }()

  /// All 16 ways to cut five sequences into consecutive parts.
  @Test(arguments: objectives.keys.sorted(), Aggregation.examples)
  func anySplitGivesTheSameLossAndGradient(name: String, aggregation: Aggregation) throws {
    let objective = try #require(Self.objectives[name])
    let step = Step(lengths: [3, 1, 7, 2, 5], seed: 4)
    let whole = step.measured(objective, aggregation, cuts: [])
    #expect(norm(whole.gradient) > 0)
    for cuts in 1..<16 {
      let parts = step.measured(
        objective, aggregation, cuts: (1..<5).filter { cuts >> ($0 - 1) & 1 == 1 })
      #expect(abs(parts.loss - whole.loss) <= 1e-6 * max(1, abs(whole.loss)))
      let difference = zip(parts.gradient, whole.gradient).map { $0 - $1 }
      #expect(norm(difference) <= 1e-6 * norm(whole.gradient))
      #expect(parts.metrics.values.keys == whole.metrics.values.keys)
      for name in whole.metrics.values.keys {
        let (a, b) = (try #require(parts.metrics[name]), try #require(whole.metrics[name]))
        #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "\(name)")
      }
    }
  }

  @Test(arguments: objectives.keys.sorted(), Aggregation.examples)
  func aFullyMaskedSequenceChangesNothing(name: String, aggregation: Aggregation) throws {
    let objective = try #require(Self.objectives[name])
    let without = Step(lengths: [3, 1, 7], seed: 4).measured(objective, aggregation, cuts: [])
    for lengths in [[0, 3, 1, 7], [3, 0, 1, 7], [3, 1, 7, 0]] {
      let with = Step(lengths: lengths, seed: 4).measured(objective, aggregation, cuts: [])
      #expect(with.loss == without.loss)
      #expect(with.gradient == without.gradient)
      #expect(with.metrics == without.metrics)
    }
  }

  @Test func everyReportedNumberIsDefined() {
    let step = Step(lengths: [3, 2], seed: 1)
    let reported = Self.objectives.values.flatMap {
      step.measured($0, .tokenMean, cuts: []).metrics.values.keys
    }
    #expect(Set(reported) == Set(MetricDefinition.ofObjectives.map(\.name)))
  }

  private func norm(_ x: [Float]) -> Double {
    x.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}

extension Aggregation {
  static let examples: [Aggregation] = [
    .tokenMean, .sequenceMean, .constant(length: 8), .sequenceSum,
  ]
}

/// What an objective sees of a step.
struct Part {
  var logProbs, behavior, reference, advantages: Tensor
  var tokens: TrainedTokens

  func measured(_ surrogate: Surrogate, _ level: RatioLevel) -> Objective {
    surrogate(
      ratios(level), logProbs: logProbs, behaviorLogProbs: behavior, advantages: advantages,
      tokens: tokens)
  }

  func ratios(_ level: RatioLevel) -> ImportanceRatios {
    ImportanceRatios(
      logProbs: logProbs, behaviorLogProbs: behavior, tokens: tokens, level: level)
  }
}

/// Sequences of random numbers, to be measured whole or in parts.
struct Step {
  let lengths: [Int]
  let logProbs, behavior, reference, advantages: [Float]

  init(lengths: [Int], seed: UInt64) {
    var random = RandomStream(seed: seed)
    let count = lengths.reduce(0, +)
    let logProbs = (0..<count).map { _ in Float(-1 + 0.5 * random.normal()) }
    self.lengths = lengths
    self.logProbs = logProbs
    behavior = logProbs.map { $0 + Float(0.3 * random.normal()) }
    reference = logProbs.map { $0 + Float(0.5 * random.normal()) }
    advantages = lengths.filter { $0 > 0 }.flatMap { length in
      repeatElement(Float(random.normal()), count: length)
    }
  }

  /// The sum of the parts' losses and their gradients end to end, cut before the sequences `cuts`.
  func measured(
    _ objective: (Part) -> Objective, _ aggregation: Aggregation, cuts: [Int]
  ) -> (loss: Double, gradient: [Float], metrics: Metrics) {
    let totals = StepTotals(lengths: lengths)
    var (loss, slopes, metrics) = (0.0, [Float](), Metrics())
    for (start, end) in zip([0] + cuts, cuts + [lengths.count]) {
      let first = lengths[..<start].reduce(0, +)
      let rows = first..<first + lengths[start..<end].reduce(0, +)
      let tokens = TrainedTokens(
        lengths: Array(lengths[start..<end]), aggregation: aggregation, totals: totals)
      func part(_ logProbs: Tensor) -> Part {
        Part(
          logProbs: logProbs, behavior: Tensor(Array(behavior[rows])),
          reference: Tensor(Array(reference[rows])),
          advantages: Tensor(Array(advantages[rows])), tokens: tokens)
      }
      let logProbs = Tensor(Array(logProbs[rows]))
      let measured = objective(part(logProbs))
      loss += Double(measured.loss.value)
      metrics.merge(measured.metrics)
      slopes += gradient(of: logProbs) { objective(part($0)).loss }.values
    }
    return (loss, slopes, metrics)
  }
}
