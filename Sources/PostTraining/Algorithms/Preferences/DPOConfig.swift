import Configuration
import EnvironmentKit
import NeuralNetworks

/// The keys of preference optimization.
public struct DPOConfig: StageConfig {
  public enum Preset: String, Codable, Sendable, CaseIterable {
    case none, dpo, ipo, kto, orpo, simpo, cpo, mpo
  }

  public var preset = Preset.none
  public var maxSteps = 300
  public var pairs = Variant<PairSourceCatalog>()
  public var losses = [Variant<PreferenceLossCatalog>()]
  public var beta: Double = 0.1
  public var ldAlpha: Double = 1
  public var useWeighting = false
  public var stopWhen = StopCondition()
  public var microBatchRows = 512
  public var optimizer = Variant<OptimizerCatalog>.adamW(learningRate: 2e-4)
  public init() {}

  public static let keys = [
    KeyDescription("preset", "coupled values of a published variant"),
    .maxSteps,
    KeyDescription("pairs", "where the pairs come from"),
    KeyDescription("losses", "the terms that are added up"),
    KeyDescription("beta", "how much a log-ratio counts: β of the implicit reward", ">0"),
    KeyDescription(
      "ld_alpha", "weight of tokens beyond the pair's shorter completion; 1 is off", "0...1"),
    KeyDescription(
      "use_weighting", "whether pairs weigh as much as the policy is likely to say them (WPO)"),
    .stopWhen, .microBatchRows, .optimizer,
  ]

  public var dataFile: String? { (pairs.block as? FilePairs.Config)?.data }

  public func validate() throws(ConfigError) {
    guard !losses.isEmpty else {
      throw ConfigError(path: "losses", reason: "expected at least one loss, found none")
    }
    let unread = "not read by the losses \(losses.map(\.type).joined(separator: ", "))"
    if !reads.contains(.beta) && beta != Self().beta {
      throw ConfigError(
        path: "beta", reason: "\(unread): expected it left out, found \(beta)")
    }
    if !reads.contains(.sums) && ldAlpha != 1 {
      throw ConfigError(path: "ld_alpha", reason: "\(unread): expected 1, found \(ldAlpha)")
    }
    if useWeighting && !reads.isDisjoint(with: [.marginRanks, .ratioRanks]) {
      throw ConfigError(
        path: "use_weighting",
        reason: "aot compares completions of different pairs, whose weights differ: expected false")
    }
    let names = losses.map(\.type)
    if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
      throw ConfigError(
        path: "losses",
        reason: "\(names[twice]) stands there twice: expected one of it with the sum of the weights"
      )
    }
  }

  /// What any of the losses reads.
  var reads: Set<PreferenceInput> {
    losses.reduce(into: []) { $0.formUnion($1.loss.reads) }
  }
}
