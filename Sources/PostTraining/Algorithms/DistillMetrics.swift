import EnvironmentKit
import LanguageModels
import Objectives
import TensorCore

extension Distill {
  /// What the student's groups say before any update.
  func measure(_ groups: [RolloutGroup]) -> Metrics {
    var metrics = measureCounts(isOnPolicy: true)
    func mean(_ name: String, _ values: [Double]) {
      metrics.record(name, .mean(sum: values.reduce(0, +), weight: Double(values.count)))
    }
    let rollouts = groups.flatMap(\.rollouts)
    let lengths = rollouts.map { Double($0.length) }
    mean("reward", rollouts.compactMap(\.reward))
    mean("success", rollouts.successes)
    mean("completions/mean_length", lengths)
    metrics.record("completions/min_length", .minimum(lengths.min() ?? 0))
    metrics.record("completions/max_length", .maximum(lengths.max() ?? 0))
    mean("completions/clipped_ratio", rollouts.map { $0.finish == .length ? 1 : 0 })
    mean("env/error_rate", rollouts.map { $0.verdict.score == nil ? 1 : 0 })
    for (name, value) in curriculum.metrics() { mean(name, [value]) }
    return metrics
  }

  /// What a step says whose completions are not the student's: the teacher's, or given.
  func measureOffPolicy(_ groups: [RolloutGroup]) -> Metrics {
    var metrics = measureCounts(isOnPolicy: false)
    if !groups.isEmpty {
      let successes = groups.flatMap(\.rollouts).successes
      metrics.record(
        "teacher/success",
        .mean(sum: successes.reduce(0, +), weight: Double(successes.count)))
    }
    return metrics
  }

  private func measureCounts(isOnPolicy: Bool) -> Metrics {
    var metrics = Metrics()
    for (name, value) in [
      ("on_policy", isOnPolicy ? 1 : 0), ("num_tokens", counts.tokens),
      ("num_tokens/teacher", counts.teacherTokens), ("num_tokens/given", counts.givenTokens),
    ] { metrics.record(name, .mean(sum: Double(value), weight: 1)) }
    return metrics
  }

  public static let metrics = [
    MetricDefinition("on_policy", "1 where the student sampled the step's completions, else 0"),
    MetricDefinition("num_tokens", unit: "tokens", "sampled by the student in the stage"),
    MetricDefinition("num_tokens/teacher", unit: "tokens", "sampled by the teacher in the stage"),
    MetricDefinition(
      "num_tokens/given", unit: "tokens", "completion tokens read from data in the stage"),
    MetricDefinition("reward", "mean over the student's judged rollouts, as the task has it"),
    MetricDefinition("success", "share of the student's judged rollouts that are right"),
    MetricDefinition("teacher/success", "share of the teacher's judged rollouts that are right"),
    MetricDefinition(
      "completions/mean_length", unit: "tokens", "mean of the student's sampled tokens"),
    MetricDefinition(
      "completions/min_length", unit: "tokens", "fewest tokens that the student sampled"),
    MetricDefinition(
      "completions/max_length", unit: "tokens", "most tokens that the student sampled"),
    MetricDefinition("completions/clipped_ratio", "share of these that ended without a stop"),
    MetricDefinition("env/error_rate", "share of the student's rollouts without a verdict"),
    MetricDefinition(
      "sampling/logp_difference_max", unit: "nats",
      "max |sampled log p - first training forward's| over trained tokens; 0 by the first law"),
    MetricDefinition(
      "kl/sampled", unit: "nats", "mean of log π - log π_T of the tokens that π sampled"),
    MetricDefinition(
      "kl/exact", unit: "nats",
      "mean over scored tokens of Σ_v π log(π/π_T), each at its temperature in the loss"),
    MetricDefinition(
      "kl/forward", unit: "nats", "the same of Σ_v π_T log(π_T/π)"),
    MetricDefinition(
      "jsd", unit: "nats", "the same of (KL(π‖m) + KL(π_T‖m))/2 with m = (π + π_T)/2"),
    MetricDefinition(
      "teacher/entropy", unit: "nats", "mean over scored tokens of -Σ_v π_T log π_T"),
    MetricDefinition(
      "topk/student_mass",
      "mean of what π gives to the top_k most probable tokens of π_T; the 5 where top_k is 0"),
    MetricDefinition("topk/teacher_mass", "mean of what π_T gives to them"),
    MetricDefinition("topk/overlap", "mean share of them among as many most probable of π"),
  ]

  public static func formula(_ config: DistillConfig) -> String {
    let divergence = config.divergence.divergence
    let temperatures =
      config.temperature == 1 && config.temperatureOfTeacher == 1
      ? "" : ", π at temperature \(config.temperature), π_T at \(config.temperatureOfTeacher)"
    let factor = config.temperatureSquared ? "\(config.coefficient)·" : ""
    var loss = "L = Σ \(config.aggregation.formula) · \(factor)\(divergence.formula)"
    if config.rewardWeight > 0 {
      loss +=
        " - Σ \(config.aggregation.formula) · r·\(config.rewardWeight)·A, "
        + "A = \(config.scaleRewards.formula), r = π(y_t)/π_b(y_t)"
    }
    let given = config.data == DistillConfig.teacher ? "sampled by π_T" : "from \(config.data)"
    let source =
      switch config.lambda {
      case 1: "sampled by π"
      case 0: given
      default: "sampled by π in \(config.lambda) of the steps, else \(given)"
      }
    return "\(loss), over completions \(source)\(temperatures)"
  }
}

extension Metrics {
  /// What two models make of a micro-batch's scored tokens.
  mutating func record(_ figures: DistributionFigures) {
    for (name, values) in [
      ("kl/exact", figures.reverseKL), ("kl/forward", figures.forwardKL),
      ("jsd", figures.jensenShannon), ("teacher/entropy", figures.otherEntropies),
      ("topk/student_mass", figures.mass), ("topk/teacher_mass", figures.otherMass),
      ("topk/overlap", figures.overlap),
    ] { record(name, .mean(of: values)) }
  }
}

extension [Rollout] {
  /// 1 for each judged rollout that is right, else 0.
  fileprivate var successes: [Double] {
    compactMap { $0.verdict.score == nil ? nil : $0.verdict.isSuccess ? 1 : 0 }
  }
}
