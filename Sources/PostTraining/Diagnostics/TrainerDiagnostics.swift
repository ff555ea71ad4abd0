import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore

extension Trainer {
  /// What the step did to the policy, and how far it has come, on the step's own sequences.
  ///
  /// `before` are the policy's weights as they collected `experience`; `initial` is the role that
  /// keeps the weights that the stage began with. Nothing that training reads is changed.
  func diagnose(
    _ experience: Method.Experience, before: Parameters, initial: Role
  ) throws -> Metrics {
    let probe = method.probe(experience)
    let packed = probe.packed
    var metrics = Metrics()
    guard !packed.targets.isEmpty else { return metrics }
    let models = try self.models.bound()
    var earlier = Models(architectures: self.models.architectures)
    earlier.weights[.policy] = before
    let policy = try earlier.bound()[.policy]
    let hidden = policy.hiddenStates(of: packed) { layer, stream in
      metrics.record(
        "diagnostics/residual_variance/\(layer)", .mean(of: rowVariances(of: stream)))
    }
    for (name, other) in [("initial", models[initial]), ("update", models[.policy])] {
      let statistics = hidden.tokenStatistics(
        head: policy.head.weight, rows: packed.targetRows, tokens: packed.targetTokens,
        temperature: probe.temperature,
        other: OtherDistribution(
          hidden: other.hiddenStates(of: packed), head: other.head.weight, divergence: .reverseKL))
      metrics.record("diagnostics/kl_\(name)", .mean(of: statistics.divergences.values))
    }
    return metrics
  }
}

/// `(1/D) Σ_d (x_d − mean x)²` of each row of `[N, D]`.
func rowVariances(of stream: Tensor) -> [Float] {
  let width = stream.shape[1]
  let values = stream.values
  return stride(from: 0, to: values.count, by: width).map { start in
    let row = values[start..<start + width]
    let mean = row.reduce(0.0) { $0 + Double($1) } / Double(width)
    let squares = row.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return Float(squares / Double(width))
  }
}

extension MetricDefinition {
  /// What a step of `diagnostics.every` reports beside, on the first rollouts or rows of the step.
  public static let ofDiagnostics = [
    MetricDefinition(
      "diagnostics/kl_initial", unit: "nats",
      "mean over scored tokens of Σ_v p log(p/q): p sampled the step, q is the stage's first policy"
    ),
    MetricDefinition(
      "diagnostics/kl_update", unit: "nats",
      "the same with q after the step's updates: how far they moved the policy"),
    MetricDefinition(
      "diagnostics/residual_variance/<layer>",
      "mean over rows of (1/D) Σ_d (x_d - mean x)², x as the block leaves it, p's weights; behind "
        + "the last block, rows that predict scored tokens"),
  ]
}
