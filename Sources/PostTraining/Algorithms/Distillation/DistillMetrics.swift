import EnvironmentKit
import LanguageModels
import Objectives
import TensorCore

extension Distill {
  /// Whose completions a step has, and whose it had so far.
  func counts(isOnPolicy: Bool) -> Metrics {
    var metrics = Metrics()
    var counts = [
      ("on_policy", isOnPolicy ? 1 : 0), ("num_tokens/teacher", teacherTokens),
      ("num_tokens/given", givenTokens),
    ]
    // The source has said it of a step that it played.
    if !isOnPolicy { counts.append(("num_tokens", source.state.tokens)) }
    for (name, value) in counts { metrics.record(name, .mean(sum: Double(value), weight: 1)) }
    return metrics
  }

  /// Those of rollouts are of the student's own alone.
  public static let metrics =
    MetricDefinition.ofRollouts + [
      .logProbDifference,
      MetricDefinition("on_policy", "1 where the student sampled the step's completions, else 0"),
      MetricDefinition("num_tokens/teacher", unit: "tokens", "sampled by the teacher in the stage"),
      MetricDefinition(
        "num_tokens/given", unit: "tokens", "completion tokens read from data in the stage"),
      MetricDefinition("teacher/success", "share of the teacher's judged rollouts that are right"),
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
        + "A = \(AdvantageRule(scale: config.scaleRewards).formula), r = π(y_t)/π_b(y_t)"
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
