import Objectives

extension MetricDefinition {
  /// What `rl bias` prints of an estimator: `g` is its gradient from one group, `t` the exact one
  /// of what it is meant to climb; norms are Euclidean, over all logits of the policy.
  public static let ofBias = [
    MetricDefinition(
      "bias", "‖E g - t‖ / ‖t‖: how far the mean estimate is from the exact gradient"),
    MetricDefinition(
      "cosine", "⟨E g, t⟩ / (‖E g‖ ‖t‖): 1 where the mean estimate only has another length"),
    MetricDefinition(
      "scale", "⟨E g, t⟩ / ‖t‖²: that length, which a learning rate can make up for"),
    MetricDefinition("variance", "E ‖g - E g‖² / ‖t‖², over groups"),
    MetricDefinition("noise", "E ‖g - E g‖² / ‖E g‖²: the variance at the same length"),
    MetricDefinition("clipped", "share of ratios (tokens', or sequences') at which the clip acts"),
  ]
}
