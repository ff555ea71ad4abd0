/// One step moved the policy much further than the measured ones before it.
///
/// Trust-region methods bound the divergence of an update by 0.01 to 0.05 nats a token (Schulman
/// et al., "Trust region policy optimization", 2015), and the steps of the shipped jobs stay below
/// 0.05, with a factor of ten between neighbours now and then. Twice that bound, and ten times the
/// mean of the three measurements before, is neither; three, so that a warm-up is no jump.
struct UpdateJump: WarningRule {
  static let name = "update_kl_jump"
  static let predecessors = 3
  static let factor = 10.0
  static let divergence = 0.1

  private var earlier = RecentValues()

  mutating func observe(_ metrics: [String: Double]) -> String? {
    guard let divergence = metrics["diagnostics/kl_update"] else { return nil }
    defer { earlier.append(divergence, keeping: Self.predecessors) }
    guard earlier.count == Self.predecessors, divergence > Self.divergence,
      divergence > Self.factor * earlier.mean
    else { return nil }
    return "a step moved the policy by \(rounded(divergence)) nats a token, against "
      + "\(rounded(earlier.mean)) in the mean of the three measured before; try a lower "
      + "learning_rate, max_grad_norm, or epsilon"
  }
}
