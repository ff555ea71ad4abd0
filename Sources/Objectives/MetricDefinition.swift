/// What a reported number is, for `rl metrics` and for whoever recomputes it.
public struct MetricDefinition: Sendable, Equatable {
  /// The key in `metrics.jsonl`; `<…>` stands for a name that the run supplies.
  public var name: String
  /// `nats`, `tokens`, `seconds`; `1` for a pure number.
  public var unit: String
  /// One line, as a formula where there is one.
  public var formula: String

  public init(_ name: String, unit: String = "1", _ formula: String) {
    (self.name, self.unit, self.formula) = (name, unit, formula)
  }
}
