/// Which of a model's weights are trained; the others are never watched and get no moments.
public enum Trainable: Sendable, Hashable {
  case all
  /// Low-rank adapters, and scalar heads, which nobody has trained before: the base is frozen.
  case adapters

  public func includes(_ name: String) -> Bool {
    switch self {
    case .all: true
    case .adapters:
      Parameters.isAdapter(name) || name.hasPrefix("value_head.") || name.hasPrefix("score.")
    }
  }
}
