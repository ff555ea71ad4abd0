import Configuration

/// The learning rate of each optimizer step, as a factor on the optimizer's peak rate.
public protocol Schedule: ConfigBlock, SendableMetatype {
  /// What `"type"` says in a configuration.
  static var name: String { get }

  /// Optimizer steps over which the rate rises linearly from 0.
  var warmupSteps: Int { get }

  /// The factor after the rise, `step` steps from its end out of `total`.
  func factorAfterWarmup(step: Int, total: Int) -> Double
}

extension Schedule {
  /// The rate that optimizer step `step`, counted from 0, uses of `total` steps.
  ///
  /// With a warm-up the first step's rate is 0, as in `transformers`.
  public func learningRate(peak: Double, step: Int, total: Int) -> Double {
    precondition(step >= 0, "learningRate: step \(step) is negative")
    if step < warmupSteps { return peak * Double(step) / Double(warmupSteps) }
    return peak * factorAfterWarmup(step: step - warmupSteps, total: max(1, total - warmupSteps))
  }

  public static var keys: [KeyDescription] {
    [KeyDescription("warmup_steps", "optimizer steps of linear rise from 0", "0...")]
  }
}
