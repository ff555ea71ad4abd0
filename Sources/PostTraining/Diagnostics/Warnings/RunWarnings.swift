import Configuration
import EnvironmentKit

/// The rules that look at a run's metrics. Each warns once a run, also when it is resumed.
struct RunWarnings: Stateful, Sendable {
  /// A new rule is its file and its line here.
  static let rules: [any WarningRule.Type] = [
    MostTruncated.self,
    NothingToLearn.self,
    EntropyCollapse.self,
    UpdateJump.self,
    ProxyReward.self,
    Displacement.self,
  ]

  struct Warning: Sendable, Equatable {
    var rule: String
    var message: String
  }

  /// The rules that have warned, in that order, and what the others remember.
  struct State: Codable, Sendable {
    var given: [String] = []
    var rules: [String: JSON] = [:]
  }

  private var given: [String] = []
  private var waiting = Self.rules.map { $0.init() as any WarningRule }

  /// Forgets what the rules remember of the last stage, not that they have warned.
  mutating func beginStage() {
    waiting = waiting.map { type(of: $0).init() as any WarningRule }
  }

  /// Shows the step's metrics to the rules that have not warned yet.
  mutating func observe(_ metrics: [String: Double], endsStage: Bool = false) -> [Warning] {
    var warnings: [Warning] = []
    for index in waiting.indices {
      let found = waiting[index].observe(metrics)
      guard let message = found ?? (endsStage ? waiting[index].conclusion() : nil) else { continue }
      warnings.append(Warning(rule: type(of: waiting[index]).name, message: message))
    }
    given += warnings.map(\.rule)
    waiting.removeAll { given.contains(type(of: $0).name) }
    return warnings
  }

  var state: State {
    get {
      let states = waiting.map { (type(of: $0).name, $0.storedState) }
      return State(given: given, rules: Dictionary(uniqueKeysWithValues: states))
    }
    set {
      given = newValue.given
      waiting = Self.rules.filter { !given.contains($0.name) }.map { $0.init() as any WarningRule }
      for index in waiting.indices {
        guard let json = newValue.rules[type(of: waiting[index]).name] else { continue }
        waiting[index].resume(from: json)
      }
    }
  }
}
