import EnvironmentKit

/// A sign in a run's metrics that training goes wrong: a small value that is shown every step.
///
/// What it remembers is the value itself, so that a resumed run warns where an unbroken one does.
/// It starts afresh in each stage.
protocol WarningRule: Stateful, Codable, Sendable {
  /// What events call it.
  static var name: String { get }
  init()
  /// What is wrong and what to try, or `nil`; the metrics of other stages lack what it reads.
  mutating func observe(_ metrics: [String: Double]) -> String?
  /// What it has to say after the stage's last step, where it has not warned yet.
  func conclusion() -> String?
}

extension WarningRule {
  func conclusion() -> String? { nil }

  var state: Self {
    get { self }
    set { self = newValue }
  }
}

/// The latest values of a metric.
struct RecentValues: Codable, Sendable {
  private(set) var values: [Double] = []

  /// Adds a value, of which the latest `limit` are kept.
  mutating func append(_ value: Double, keeping limit: Int) {
    values.append(value)
    values.removeFirst(max(0, values.count - limit))
  }

  var count: Int { values.count }
  /// 0 of none.
  var mean: Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }
}

/// `73 %`.
func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

/// Four decimals at most.
func rounded(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
