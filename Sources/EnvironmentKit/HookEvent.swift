import Configuration

/// Something that happened to a curriculum, a gate or a shaper, for the run's event log.
public struct HookEvent: Sendable, Equatable {
  public var name: String
  /// An object; its members stand beside the step and the name in the log.
  public var details: JSON
  /// What whoever watches the run is told, with what to try; empty: nothing.
  public var warning: String

  public init(_ name: String, _ details: JSON, warning: String = "") {
    (self.name, self.details, self.warning) = (name, details, warning)
  }
}
