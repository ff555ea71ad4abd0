import Configuration

/// When a run measures what training does to the policy.
public struct DiagnosticsConfig: ConfigBlock, Equatable {
  public var every = 50
  public init() {}
  public static let keys = [
    KeyDescription(
      "every", "steps between diagnostics, each three short forwards; 0: never", "0...")
  ]
}
