import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore

/// Trains the reward model: the policy's trunk with a scalar head that must rank the completions of
/// pairs as they were ranked (Ouyang et al., "Training language models to follow instructions with
/// human feedback", 2022, section 3.5). The policy only samples, and never moves.
public struct RewardModelling: Algorithm {
  public static let name = "reward"

  public struct Batch: Sendable {
    var packed: PackedTokens
    /// The row of each completion's last generated token, a pair's chosen one first.
    var rows: [Int32]  // [2P]
    var margins, weights: Tensor  // [P]
  }

  public struct State: Codable, Sendable {
    public var pairs: JSON
  }

  private let config: RewardConfig
  private var source: any PairSource

  public init(_ config: RewardConfig, _ context: TrainingContext) throws {
    self.config = config
    source = try config.pairs.source(context)
  }

  public var state: State {
    get { State(pairs: source.storedState) }
    set { source.resume(from: newValue.pairs) }
  }

  public static func requiredRoles(_ config: RewardConfig) -> Set<Role> { [.reward] }

  public static func formula(_ config: RewardConfig) -> String {
    let centring =
      config.centerRewardsCoefficient > 0
      ? " + \(config.centerRewardsCoefficient) (r⁺ + r⁻)²" : ""
    return "L = (1/P) Σ -log σ(r⁺ - r⁻ - μ)\(centring), r at the last generated token"
  }

  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<[PreferencePair]> {
    let sourced = try source.next(step: step, with: models)
    var metrics = sourced.metrics
    metrics.record("pairs/count", .mean(sum: Double(sourced.pairs.count), weight: 1))
    return Collected(
      sourced.pairs, metrics: metrics, rollouts: sourced.rollouts, events: sourced.events,
      endsStage: sourced.endsStage)
  }

  public func update(
    _ index: Int, from pairs: [PreferencePair], with models: BoundModels
  ) throws -> Update<Batch>? {
    guard index == 0, !pairs.isEmpty else { return nil }
    return Update(trains: [.reward], batches: batches(of: pairs))
  }

  private func batches(of pairs: [PreferencePair]) -> [Batch] {
    let weight = Float(1 / Double(pairs.count))
    return microBatches(pairs, limit: config.microBatchRows, size: \.rows).map { part in
      var batch = Batch(
        packed: PackedTokens(), rows: [],
        margins: Tensor(part.map { Float($0.margin) }),
        weights: .filled([part.count], with: weight))
      for pair in part {
        batch.rows += batch.packed.append(
          prompt: pair.prompt,
          wholes: [pair.chosen.throughLastScored, pair.rejected.throughLastScored])
      }
      return batch
    }
  }

  public func objective(on batch: Batch, with models: BoundModels) throws -> Objective {
    bradleyTerry(
      rewards(batch, models), margins: batch.margins, weights: batch.weights,
      centering: Float(config.centerRewardsCoefficient))
  }

  private func rewards(_ batch: Batch, _ models: BoundModels) -> PairScores {
    // One map over all rows in their order, so that the head's gradient is one chain of pairs.
    let scores = models[.reward].scores(
      of: models[.reward].hiddenStates(of: batch.packed), rows: batch.rows)
    let places = (0..<Int32(batch.margins.count)).map { 2 * $0 }
    return PairScores(
      chosen: scores.gathered(places), rejected: scores.gathered(places.map { $0 + 1 }))
  }

  /// Pairs of held-out problems: how often the better one scores higher, and how much the model's
  /// certainty is worth.
  public func evaluate(with models: BoundModels) throws -> Metrics {
    let pairs = try source.heldOut(atMost: config.heldOutPairs, with: models)
    let margins = batches(of: pairs).flatMap {
      rewards($0, models).margins.values.map(Double.init)
    }
    var metrics = Metrics()
    let count = Double(margins.count)
    metrics.record(
      "eval/accuracy", .mean(sum: Double(margins.count { $0 > 0 }), weight: count))
    metrics.record("eval/margin", .mean(sum: margins.reduce(0, +), weight: count))
    metrics.record(
      "eval/calibration_error",
      .mean(sum: calibrationError(ofMargins: margins) * count, weight: count))
    return metrics
  }

  public func probe(_ pairs: [PreferencePair]) -> Probe { .none }

  public func dump(_ batch: Batch) -> JSON {
    var json = batch.packed.json
    json["rows"] = JSON(batch.rows.map { JSON(Int($0)) })
    json["margins"] = .numbers(batch.margins.values)
    return json
  }

  public static let metrics =
    MetricDefinition.ofBradleyTerry + [
      MetricDefinition("pairs/count", unit: "pairs", "pairs that the step is trained on"),
      MetricDefinition(
        "eval/accuracy", "share of pairs of held-out problems whose better completion scores higher"
      ),
      MetricDefinition("eval/margin", "mean over those pairs of r⁺ - r⁻"),
      MetricDefinition(
        "eval/calibration_error",
        "over ten bins of σ(|r⁺ - r⁻|): mean |share ranked right - mean certainty|, by pairs"),
    ] + MetricDefinition.ofPairSources
}

extension PreferencePair.Completion {
  /// Its tokens up to the last one that is the model's own.
  fileprivate var throughLastScored: [Int32] {
    Array(tokens[..<(isScored.lastIndex(of: true).map { $0 + 1 } ?? 0)])
  }
}
