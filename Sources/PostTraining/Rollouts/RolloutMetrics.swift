import EnvironmentKit
import LanguageModels
import Objectives

extension [FinishedGroup] {
  /// The share of rollouts without a verdict.
  var errorRate: Metrics.Value { .mean(of: flatMap(\.verdicts).map { $0.score == nil ? 1 : 0 }) }
}

extension [RolloutGroup] {
  /// What a step's groups say of the policy that played them; nothing where there are none.
  var completionMetrics: Metrics {
    var metrics = Metrics()
    guard !isEmpty else { return metrics }
    func mean(_ name: String, _ values: [Double]) {
      metrics.record(name, .mean(sum: values.reduce(0, +), weight: Double(values.count)))
    }
    let rollouts = flatMap(\.rollouts)
    let judged = rollouts.filter { $0.verdict.score != nil }
    mean("success", judged.map { $0.verdict.isSuccess ? 1 : 0 })
    let uniform = filter(\.isUniform)
    let best = uniform.count { $0.finished.success == 1 }
    mean("groups/mixed", [Double(count - uniform.count)])
    mean("groups/all_best", [Double(best)])
    mean("groups/all_worst", [Double(uniform.count - best)])
    let lengths = rollouts.map { Double($0.length) }
    mean("completions/mean_length", lengths)
    metrics.record("completions/min_length", .minimum(lengths.min() ?? 0))
    metrics.record("completions/max_length", .maximum(lengths.max() ?? 0))
    mean("completions/clipped_ratio", rollouts.map { $0.finish == .length ? 1 : 0 })
    metrics.record("env/error_rate", map(\.finished).errorRate)
    return metrics
  }

  /// A policy whose probabilities are no numbers has diverged, whatever it happened to say.
  func checkFinite(step: Int) throws {
    let broken = first { $0.rollouts.contains { $0.logProbs.contains { !$0.isFinite } } }
    guard let broken else { return }
    throw DivergedError(
      step: step + 1, what: "a sampled log-probability", batch: broken.json(step: step))
  }
}

extension RolloutGroup {
  /// All rewards that exist are equal, exactly.
  var isUniform: Bool {
    let rewards = rollouts.compactMap(\.reward)
    return !rewards.contains { $0 != rewards[0] }
  }
}
