import Configuration

/// Decides on raw verdicts whether a group is worth training on; runs before shaping.
public protocol Gate: Component, Stateful {
  /// `attempt` counts the resamplings that this place in the batch has had.
  mutating func decide(on group: FinishedGroup, attempt: Int) -> GateDecision
  /// Figures under `gate/<name>/`, counted since the start of the stage.
  func metrics() -> [String: Double]
}

/// What becomes of a group.
public enum GateDecision: String, Codable, Sendable, CaseIterable {
  case keep
  /// Not trained on; the step is smaller.
  case skip
  /// Not trained on; another problem takes its place.
  case resample
}

/// The gates a run may name.
public enum GateCatalog: VariantCatalog {
  static let types: [any Gate.Type] = [
    ZeroVarianceGate.self
  ]
  public static let standard = ZeroVarianceGate.name
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    catalogEntries(types)
  }
}

extension Variant where Catalog == GateCatalog {
  public func gate() throws(ConfigError) -> any Gate { try make(from: GateCatalog.types) }
}
