import TensorCore

/// A scalar to minimize and what to report about it. Objectives add.
public struct Objective: Sendable {
  public var loss: Tensor  // []
  public var metrics: Metrics

  public init(loss: Tensor, metrics: Metrics = Metrics()) {
    (self.loss, self.metrics) = (loss, metrics)
  }

  /// The sum of both losses, with the metrics of both.
  public static func + (first: Objective, second: Objective) -> Objective {
    var metrics = first.metrics
    metrics.merge(second.metrics)
    return Objective(loss: first.loss + second.loss, metrics: metrics)
  }
}
