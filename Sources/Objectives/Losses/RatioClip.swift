/// How far a ratio may move the surrogate. Off is a value: infinity.
public struct RatioClip: Sendable, Equatable {
  /// Below `1 - low` a negative advantage no longer pushes down.
  public var low: Float
  /// Above `1 + high` a positive advantage no longer pulls up.
  public var high: Float
  /// TRL's `delta`: caps the ratio of the unclipped branch, so that it bounds `-r·A` for `A < 0`.
  public var delta: Float
  /// verl's `clip_ratio_c`: for `A < 0`, a loss of at most `dualClip · |A|`.
  public var dualClip: Float

  public init(
    low: Float, high: Float, delta: Float = .infinity, dualClip: Float = .infinity
  ) {
    precondition((0...1).contains(low), "RatioClip: low \(low) is not in 0...1")
    precondition(high >= 0, "RatioClip: high \(high) is negative")
    precondition(delta > 0, "RatioClip: delta \(delta) is not positive")
    precondition(dualClip > 1, "RatioClip: dualClip \(dualClip) is not above 1")
    (self.low, self.high, self.delta, self.dualClip) = (low, high, delta, dualClip)
  }

  /// The ratios that pass unchanged.
  public var region: ClosedRange<Float> { 1 - low...1 + high }
}
