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
  private(set) var source: any PairSource
  var temperature: Float { Float(source.temperature) }

  public init(_ config: DPOConfig, _ context: TrainingContext) throws {
    (self.config, self.context) = (config, context)
    source = try config.pairs.source(context)
  }

  public var state: State {
    get { State(pairs: source.storedState) }
    set { source.resume(from: newValue.pairs) }
  }

  public static func requiredRoles(_ config: DPOConfig) -> Set<Role> {
    var roles: Set<Role> = config.reads.contains(.reference) ? [.reference] : []
    if config.pairs.ranking?.needsModel == true { roles.insert(.reward) }
    return roles
  }

  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<Experience> {
    let sourced = try source.next(step: step, with: models)
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
  func batches(of pairs: [PreferencePair]) -> [Batch] {
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
    if let ranking = config.pairs.ranking { text += ", pairs ranked by \(ranking.formula)" }
    if config.ldAlpha != 1 { text += ", tokens beyond the shorter weigh \(config.ldAlpha)" }
    return text
  }
}
