import Configuration

/// The gates of a stage: each sees every group, and one refusal is enough.
public struct Gates: Stateful, Sendable {
  private var gates: [any Gate] = []

  /// Throws where a gate stands twice: its counts would be those of two.
  public init(_ choices: [Variant<GateCatalog>]) throws(ConfigError) {
    for (index, choice) in choices.enumerated() {
      if choices[..<index].contains(where: { $0.type == choice.type }) {
        throw ConfigError(path: "gates[\(index)]", reason: "\(choice.type) stands here twice")
      }
      gates.append(try choice.make(from: GateCatalog.types))
    }
  }

  /// The gates' states, in the order of the configuration.
  public var state: [JSON] {
    get { gates.map(\.storedState) }
    set { for index in gates.indices { gates[index].resume(from: newValue[index]) } }
  }

  /// Resampling goes before refusing, and the strictest refusal stands. `attempt` counts the
  /// resamplings that this place in the batch has had.
  public mutating func decide(on group: FinishedGroup, attempt: Int) -> GateDecision {
    var shortage: Shortage?
    var resamples = false
    for index in gates.indices {
      switch gates[index].decide(on: group, attempt: attempt) {
      case .keep: continue
      case .resample: resamples = true
      case .refuse(let found): shortage = max(shortage ?? found, found)
      }
    }
    return resamples ? .resample : shortage.map { .refuse($0) } ?? .keep
  }

  public func metrics() -> [String: Double] {
    gates.reduce(into: [:]) { $0.merge($1.metrics()) { own, _ in own } }
  }
}
