/// One step moved the policy much further than the measured ones before it.
///
/// Trust-region methods bound the divergence of an update by 0.01 to 0.05 nats a token (Schulman
/// et al., "Trust region policy optimization", 2015): a step beyond ten times its predecessors' mean
/// and beyond 0.05 is no noise of the probe. Three predecessors, so that a warm-up is no jump.
struct UpdateJump: WarningRule {
  static let name = "update_kl_jump"
  static let predecessors = 3
  static let factor = 10.0
  static let divergence = 0.05

  private var earlier: [Double] = []

  mutating func observe(_ metrics: [String: Double]) -> String? {
    guard let divergence = metrics["diagnostics/kl_update"] else { return nil }
    defer { earlier.append(divergence) }
    let mean = earlier.reduce(0, +) / Double(max(1, earlier.count))
    guard earlier.count >= Self.predecessors, divergence > Self.divergence,
      divergence > Self.factor * mean
    else { return nil }
    return "a step moved the policy by \(divergence) nats a token, against \(mean) in the mean of "
      + "the \(earlier.count) measured before; try a lower learning_rate, max_grad_norm, or epsilon"
  }
}
