import EnvironmentKit
import LanguageModels
import Objectives

extension Array where Element == RolloutGroup {
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
    let uniform = filter { group in
      let rewards = group.rollouts.compactMap(\.reward)
      return !rewards.contains { $0 != rewards[0] }
    }
    let best = uniform.count { $0.finished.success == 1 }
    mean("groups/mixed", [Double(count - uniform.count)])
    mean("groups/all_best", [Double(best)])
    mean("groups/all_worst", [Double(uniform.count - best)])
    mean("completions/mean_length", rollouts.map { Double($0.length) })
    mean("completions/clipped_ratio", rollouts.map { $0.finish == .length ? 1 : 0 })
    mean("env/error_rate", rollouts.map { $0.verdict.score == nil ? 1 : 0 })
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
