import LanguageModels

/// The sequences of a step that diagnostics look at, and the temperature they are scored at.
///
/// They are the step's own, so that the mean over them estimates what holds for the policy that
/// drew them, and the rollout log has all that is needed to compute it again.
public struct Probe: Sendable {
  /// Whole items are taken in their order until these many token rows: the forwards of so few are
  /// cheap beside a step, and hold some hundred scored tokens.
  static let rows = 512

  var packed = PackedTokens()
  var temperature: Float

  /// Of a stage that leaves the policy as it is: there is nothing to look at.
  static let none = Probe([Never](), temperature: 1) { _, _ in }

  /// The first of `items`, packed by `append`, until the probe is full.
  init<Item>(
    _ items: [Item], temperature: Float, append: (Item, inout PackedTokens) -> Void
  ) {
    self.temperature = temperature
    for item in items where packed.tokens.count < Self.rows { append(item, &packed) }
  }
}
