import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore

/// Preference optimization: pairs from a file, from the start or from the policy itself, and a sum of
/// losses over them (Rafailov et al., "Direct preference optimization", 2023, and its relatives).
public struct DPO: Algorithm {
  public static let name = "dpo"

  public struct Experience: Sendable {
    var pairs: [PreferencePair]
  }

  public struct Batch: Sendable {
    var packed: PackedTokens
    var tokens: PairedTokens
    /// `1/P` of the step's pairs each, or what WPO makes of it.
    var weights: Tensor  // [P]
    var referenceLogProbs: Tensor?  // [M]
    var coupling = StepCoupling.Part()
    var pairsPerChosenToken: Float
    /// What the policy recorded when it sampled, and has not moved since; `nan` where nobody did.
    var sampledLogProbs: [Float]  // [M]
  }

  public struct State: Codable, Sendable {
    public var pairs: JSON
  }

  let config: DPOConfig
  private let context: TrainingContext
  private var source: any PairSource
  private var temperature: Float { Float(source.temperature) }

  public init(_ config: DPOConfig, _ context: TrainingContext) throws {
    (self.config, self.context) = (config, context)
    source = try config.pairs.source(context)
  }

  public var state: State {
    get { State(pairs: source.storedState) }
    set { source.resume(from: newValue.pairs) }
  }

  public static func requiredRoles(_ config: DPOConfig) -> Set<Role> {
    config.reads.contains(.reference) ? [.reference] : []
  }

  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<Experience> {
    let sourced = try source.next(step: step, with: models[.policy])
    var metrics = sourced.metrics
    metrics.record("pairs/count", .mean(sum: Double(sourced.pairs.count), weight: 1))
    return Collected(
      Experience(pairs: sourced.pairs), metrics: metrics, rollouts: sourced.rollouts,
      events: sourced.events, endsStage: sourced.endsStage)
  }

  public func update(
    _ index: Int, from experience: Experience, with models: BoundModels
  ) throws -> Update<Batch>? {
    let pairs = experience.pairs
    guard index == 0, !pairs.isEmpty else { return nil }
    var batches = batches(of: pairs)
    if config.reads.contains(.reference) {
      for place in batches.indices {
        batches[place].referenceLogProbs = logProbs(batches[place], models[.reference])
      }
    }
    couple(&batches, pairs, models)
    return Update(trains: [.policy], batches: batches)
  }

  public func objective(on batch: Batch, with models: BoundModels) throws -> Objective {
    let statistics = models[.policy].statistics(of: batch.packed, temperature: temperature)
    let evidence = evidence(batch, logProbs: statistics.logProbs)
    let beta = Float(config.beta)
    let plain = batch.referenceLogProbs.map { batch.tokens.sums(of: $0) }
    var metrics = pairMetrics(
      logProbs: evidence.logProbs, reference: plain, tokens: batch.tokens, beta: beta)
    metrics.record("entropy", .mean(of: statistics.entropies.values))
    var sum: Tensor?
    for variant in config.losses {
      let values = variant.loss.values(evidence, beta: beta)
      let weighed = batch.weights * values
      metrics.record("losses/\(variant.type)", .sum(Double(weighed.sum().value)))
      let term = values * Float(variant.loss.weight)
      sum = sum.map { $0 + term } ?? term
    }
    let differences = zip(statistics.logProbs.values, batch.sampledLogProbs)
      .filter { !$1.isNaN }.map { abs(Double($0) - Double($1)) }
    if let largest = differences.max() {
      metrics.record("sampling/logp_difference_max", .maximum(largest))
    }
    if config.reads.contains(.referencePoint) {
      metrics.record(
        "kto/reference_point", .mean(sum: batch.coupling.referencePoint, weight: 1))
    }
    let total = sum ?? .zeros([batch.tokens.count])
    return Objective(loss: (batch.weights * total).sum(), metrics: metrics)
  }

  /// How the file's held-out pairs are ranked; sampled pairs are judged by held-out success.
  public func evaluate(with models: BoundModels) throws -> Metrics {
    guard config.dataFile != nil else { return Metrics() }
    let pairs = try source.heldOut(atMost: .max, with: models[.policy])
    var all = Metrics()
    for batch in batches(of: pairs) {
      let reference =
        config.reads.contains(.reference) ? logProbs(batch, models[.reference]) : nil
      all.merge(
        pairMetrics(
          logProbs: batch.tokens.sums(of: logProbs(batch, models[.policy])),
          reference: reference.map { batch.tokens.sums(of: $0) }, tokens: batch.tokens,
          beta: Float(config.beta)))
    }
    let names = ["rewards/accuracies", "rewards/margins"]
    return Metrics(
      Dictionary(
        uniqueKeysWithValues: names.compactMap { name in
          all.values[name].map { ("eval/\(name)", $0) }
        }))
  }

  public func probe(_ experience: Experience) -> Probe {
    Probe(experience.pairs, temperature: temperature) { $1.append($0) }
  }

  public func dump(_ batch: Batch) -> JSON {
    var json = batch.packed.json
    json["weights"] = .numbers(batch.weights.values)
    json["reference_log_probs"] = .numbers(batch.referenceLogProbs?.values ?? [])
    return json
  }
}

extension DPO {
  /// The pairs in micro-batches, each with its share of the whole.
  private func batches(of pairs: [PreferencePair]) -> [Batch] {
    let parts = microBatches(pairs, limit: config.microBatchRows) { $0.rows }
    let share = 1 / Double(pairs.count)
    let chosenTokens = pairs.reduce(0) { $0 + $1.chosen.length }
    return parts.map { part in
      var packed = PackedTokens()
      for pair in part { packed.append(pair) }
      return Batch(
        packed: packed, tokens: PairedTokens(part),
        weights: .filled([part.count], with: Float(share)),
        pairsPerChosenToken: Float(Double(pairs.count) / Double(chosenTokens)),
        sampledLogProbs: sampledLogProbs(part))
    }
  }

  private func logProbs(_ batch: Batch, _ model: any LanguageModel) -> Tensor {
    model.statistics(of: batch.packed, temperature: temperature).logProbs.detached
  }

  private func evidence(_ batch: Batch, logProbs: Tensor) -> PairEvidence {
    let tail = Float(config.ldAlpha)
    return PairEvidence(
      tokens: batch.tokens, logProbs: batch.tokens.sums(of: logProbs),
      sums: batch.tokens.sums(of: logProbs, tail: tail),
      referenceSums: batch.referenceLogProbs.map { batch.tokens.sums(of: $0, tail: tail) },
      coupling: batch.coupling, pairsPerChosenToken: batch.pairsPerChosenToken)
  }

  private func sampledLogProbs(_ pairs: [PreferencePair]) -> [Float] {
    pairs.flatMap { [$0.chosen, $0.rejected] }.flatMap { completion in
      completion.logProbs.isEmpty
        ? Array(repeating: .nan, count: completion.length) : completion.logProbs
    }
  }

  /// Ranks, KTO's z and WPO's weights, which read the policy before the gradient's forward does.
  private func couple(_ batches: inout [Batch], _ pairs: [PreferencePair], _ models: BoundModels) {
    let reads = config.reads
    let policy = models[.policy]
    if !reads.isDisjoint(with: [.marginRanks, .ratioRanks, .referencePoint]) {
      let evidence = batches.map { self.evidence($0, logProbs: logProbs($0, policy)) }
      let point =
        reads.contains(.referencePoint)
        ? klReferencePoint(
          of: pairs, policy: policy, reference: models[.reference], temperature: temperature,
          maximumLength: context.maximumLength, limit: config.microBatchRows) : 0
      let coupling = StepCoupling(
        sums: evidence.map(\.sums), references: evidence.compactMap(\.referenceSums),
        reads: reads, referencePoint: point)
      for place in batches.indices { batches[place].coupling = coupling.parts[place] }
    }
    guard config.useWeighting else { return }
    for place in batches.indices {
      let batch = batches[place]
      let hidden = policy.hiddenStates(of: batch.packed)
      func own(_ temperature: Float) -> Tensor {
        policy.statistics(of: batch.packed, hidden: hidden, temperature: temperature).logProbs
      }
      let plain = own(temperature)
      batches[place].weights =
        batch.weights
        * onPolicyWeights(
          logProbs: plain,
          logSquaredNorms: logSquaredNorms(
            logProbs: plain, atHalfTemperature: own(temperature / 2)),
          tokens: batch.tokens)
    }
  }

  public static func formula(_ config: DPOConfig) -> String {
    let terms = config.losses.map { variant in
      variant.loss.weight == 1
        ? "{\(variant.loss.formula)}" : "\(variant.loss.weight)·{\(variant.loss.formula)}"
    }
    var text = "L = (1/P) Σ \(config.useWeighting ? "w·" : "")\(terms.joined(separator: " + "))"
    if config.reads.contains(.beta) { text += ", β = \(config.beta)" }
    if config.reads.contains(.reference) { text += ", c and r = log π/π_ref of chosen, rejected" }
    if config.ldAlpha != 1 { text += ", tokens beyond the shorter weigh \(config.ldAlpha)" }
    return text
  }
}
