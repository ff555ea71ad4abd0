import Configuration

/// The gates of a stage: each sees every group, and one refusal is enough.
public struct Gates: Stateful, Sendable {
  public struct State: Codable, Sendable, Equatable {
    /// The gates' own, in the order of the configuration.
    public var gates: [JSON]
    /// Steps in a row in which no group was let through.
    public var barrenSteps: Int
    public var hasWarned: Bool
  }

  /// Barren steps in a row before the warning.
  static let patience = 20
  private var gates: [any Gate] = []
  private var barrenSteps = 0
  private var hasWarned = false

  /// Throws where a gate stands twice: its counts would be those of two.
  public init(_ choices: [Variant<GateCatalog>]) throws(ConfigError) {
    for (index, choice) in choices.enumerated() {
      if choices[..<index].contains(where: { $0.type == choice.type }) {
        throw ConfigError(path: "gates[\(index)]", reason: "\(choice.type) stands here twice")
      }
      gates.append(try choice.make(from: GateCatalog.types))
    }
  }

  public var state: State {
    get {
      State(
        gates: gates.map(\.storedState), barrenSteps: barrenSteps, hasWarned: hasWarned)
    }
    set {
      for index in gates.indices { gates[index].resume(from: newValue.gates[index]) }
      (barrenSteps, hasWarned) = (newValue.barrenSteps, newValue.hasWarned)
    }
  }

  /// Resampling goes before refusing, and the strictest refusal stands.
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

  /// Takes how many places of a step were filled; warns once when nothing passes any more.
  public mutating func finish(admitted: Int, stageSteps: Int) -> [HookEvent] {
    barrenSteps = admitted == 0 ? barrenSteps + 1 : 0
    guard !hasWarned, barrenSteps >= min(Self.patience, stageSteps) else { return [] }
    hasWarned = true
    let refusing = gates.filter { $0.state.admitted < $0.state.seen }
    let advice = refusing.map { "\(type(of: $0).name): \(type(of: $0).advice)" }
    return [
      HookEvent(
        "gates_refuse_all",
        [
          "steps": JSON(barrenSteps),
          "gates": JSON(refusing.map { JSON(type(of: $0).name) }),
        ],
        warning: "the gates let no group through for \(barrenSteps) steps, and nothing is learned; "
          + advice.joined(separator: "; "))
    ]
  }

  public func metrics() -> [String: Double] {
    gates.reduce(into: [:]) { $0.merge($1.metrics()) { own, _ in own } }
  }
}
