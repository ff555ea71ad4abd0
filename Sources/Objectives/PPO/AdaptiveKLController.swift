/// Moves the divergence's weight until the divergence is what was asked for.
///
/// `β ← β (1 + clip(KL / target - 1, ±0.2) · n / horizon)`, `n` the sequences of the step; Ziegler
/// et al. (2019), section 2.2.
public struct AdaptiveKLController: Codable, Sendable, Equatable {
  /// The weight to use now.
  public private(set) var coefficient: Double
  /// The divergence to keep, in nats a sequence.
  public let target: Double
  /// Sequences over which the weight can change by a fifth.
  public let horizon: Double

  public init(coefficient: Double, target: Double, horizon: Double) {
    precondition(coefficient >= 0, "AdaptiveKLController: coefficient \(coefficient) is negative")
    precondition(target > 0, "AdaptiveKLController: target \(target) is not positive")
    precondition(horizon > 0, "AdaptiveKLController: horizon \(horizon) is not positive")
    (self.coefficient, self.target, self.horizon) = (coefficient, target, horizon)
  }

  /// Takes a step's mean divergence of a sequence, in nats, over `sequences`.
  public mutating func observe(divergence: Double, sequences: Int) {
    let error = min(max(divergence / target - 1, -0.2), 0.2)
    coefficient *= max(0, 1 + error * Double(sequences) / horizon)
  }
}
