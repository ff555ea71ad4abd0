import Configuration

/// Decides on raw verdicts whether a group is worth training on; runs before shaping.
///
/// A gate is its rule; counting, filtering and resampling are the same for all.
public protocol Gate: Component, Stateful where Config: GateConfig, State == GateCounts {
  var config: Config { get }
  /// Whether the group is worth training on.
  func admits(_ group: FinishedGroup) -> Bool
}

/// The keys that every gate has: `action` is the filter, `max_resample` the resampling.
public protocol GateConfig: ConfigBlock {
  var action: GateAction { get }
  var maxResample: Int { get }
  var onExhausted: Shortage { get }
}

/// What becomes of a caught group when no other problem is tried in its place.
public enum GateAction: String, Codable, Sendable, CaseIterable {
  /// It is counted and trained on.
  case keep
  /// It is not trained on.
  case skip
}

/// What becomes of a step in which a place stayed empty, from the mildest on.
public enum Shortage: String, Codable, Sendable, CaseIterable, Comparable {
  /// The groups that were let through are trained on.
  case train
  /// The step makes no update.
  case skip
  /// The step makes no update, and the stage ends.
  case stop

  public static func < (left: Shortage, right: Shortage) -> Bool {
    left != right && (left == .train || right == .stop)
  }
}

extension KeyDescription {
  static let gateAction = KeyDescription("action", "what becomes of a caught group", "keep|skip")
  static let maxResample = KeyDescription(
    "max_resample", "other problems tried in the place of a caught one; 0 is off", "0...")
  static let onExhausted = KeyDescription(
    "on_exhausted", "what becomes of a step with a place that stayed empty", "train|skip|stop")
}

extension GateConfig {
  /// A gate that keeps what it catches never leaves a place empty.
  func checkSwitches() throws(ConfigError) {
    if action == .keep && onExhausted != .train {
      throw ConfigError(
        path: "on_exhausted", reason: "not read while \"action\" is \"keep\": no place stays empty")
    }
  }

  public func validate() throws(ConfigError) { try checkSwitches() }
}

/// What a gate has seen since the stage began.
public struct GateCounts: Codable, Sendable, Equatable {
  public var seen = 0
  public var admitted = 0
  public var solvedAll = 0
  public var failedAll = 0
  public var resampled = 0
  /// Sampled tokens of the groups that were not let through.
  public var tokens = 0
  public init() {}
}

/// What becomes of a group.
public enum GateDecision: Sendable, Equatable {
  case keep
  /// Not trained on; another problem takes its place.
  case resample
  /// Not trained on; its place stays empty.
  case refuse(Shortage)
}

extension Gate {
  /// `attempt` counts the resamplings that this place in the batch has had.
  mutating func decide(on group: FinishedGroup, attempt: Int) -> GateDecision {
    state.seen += 1
    let decision = admits(group) ? .keep : decision(afterAttempt: attempt, on: group)
    switch decision {
    case .keep: state.admitted += 1
    case .resample:
      state.resampled += 1
      fallthrough
    case .refuse: state.tokens += group.lengths.reduce(0, +)
    }
    return decision
  }

  private mutating func decision(afterAttempt attempt: Int, on group: FinishedGroup)
    -> GateDecision
  {
    if group.success == 1 { state.solvedAll += 1 }
    if group.success == 0 { state.failedAll += 1 }
    if attempt < config.maxResample { return .resample }
    return config.action == .keep ? .keep : .refuse(config.onExhausted)
  }

  /// Figures under `gate/<name>/`, counted since the start of the stage.
  func metrics() -> [String: Double] {
    let figures = [
      ("seen", state.seen), ("admitted", state.admitted), ("solved_all", state.solvedAll),
      ("failed_all", state.failedAll), ("resampled", state.resampled), ("tokens", state.tokens),
    ]
    return Dictionary(
      uniqueKeysWithValues: figures.map { ("gate/\(Self.name)/\($0.0)", Double($0.1)) })
  }
}

/// The gates a run may name: a new one is its file and its line here.
public enum GateCatalog: VariantCatalog {
  static let types: [any Gate.Type] = [
    ZeroVarianceGate.self,
    BandPassGate.self,
    MaxTruncatedGate.self,
    MinValidGate.self,
  ]
  public static let standard = ZeroVarianceGate.name
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    catalogEntries(types)
  }
}
