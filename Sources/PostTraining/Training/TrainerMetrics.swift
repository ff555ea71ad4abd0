import Objectives

extension MetricDefinition {
  /// What every stage reports, whatever its algorithm: optimizer, evaluation, time, memory.
  public static let ofTraining = [
    MetricDefinition("step", unit: "steps", "optimizer steps of the run so far, over all stages"),
    MetricDefinition("stage", "the stage's name in the configuration"),
    MetricDefinition("loss", "Σ over an update's micro-batches; a mean over the step's updates"),
    MetricDefinition(
      "grad_norm", "√(Σ g²) over the policy's weights, before clipping; a mean over updates"),
    MetricDefinition("learning_rate", "the scheduled rate that each of the step's updates took"),
    MetricDefinition(
      "eval/success", "mean over held-out problems of each one's share of right answers, unshaped"),
    MetricDefinition("eval/<env>/success", "eval/success on the environment of that name"),
    MetricDefinition(
      "stop/train/success", "greedy success on the stopping rule's fixed training problems"),
    MetricDefinition(
      "stop/eval/success", "greedy success on the stopping rule's fixed eval problems"),
    MetricDefinition(
      "time/step", unit: "seconds", "sampling and updates, without evaluation and checkpoints"),
    MetricDefinition(
      "time/generate", unit: "seconds", "sampling and judging, or reading rows, before any update"),
    MetricDefinition("time/update", unit: "seconds", "gradients and optimizer, all updates"),
    MetricDefinition(
      "time/evaluate", unit: "seconds", "evaluation, diagnostics and the stopping rule"),
    MetricDefinition(
      "time/checkpoint", unit: "seconds", "saving since the last line: the step before's checkpoint"
    ),
    MetricDefinition(
      "machine/memory_peak", unit: "bytes", "most resident memory of the process so far"),
  ]

  /// What curricula, gates and shapers say of themselves, in the stages that have them.
  public static let ofCollection = [
    MetricDefinition(
      "curriculum/level",
      "band, schedule: index of the level that is asked next, from 0; target, weights: its mean"),
    MetricDefinition("curriculum/window_success", "band: mean success of its latest groups"),
    MetricDefinition("curriculum/problems", unit: "problems", "hard, plr: size of the pool"),
    MetricDefinition("curriculum/mean_weight", "hard: mean weight w of the pool's problems"),
    MetricDefinition(
      "curriculum/effective_problems", unit: "problems", "hard: (Σ w)² / Σ w² over the pool"),
    MetricDefinition("curriculum/met", unit: "problems", "plr: problems of the pool met so far"),
    MetricDefinition(
      "curriculum/mean_score", "plr: mean over those of the latest group's mean |r - mean r|"),
    MetricDefinition("gate/<gate>/seen", unit: "groups", "decided on so far in the stage"),
    MetricDefinition("gate/<gate>/admitted", unit: "groups", "let through so far"),
    MetricDefinition(
      "gate/<gate>/solved_all", unit: "groups", "caught with every rollout right, so far"),
    MetricDefinition(
      "gate/<gate>/failed_all", unit: "groups", "caught with every rollout wrong, so far"),
    MetricDefinition("gate/<gate>/resampled", unit: "groups", "replaced by another problem so far"),
    MetricDefinition(
      "gate/<gate>/tokens", unit: "tokens", "sampled for groups that it did not let through"),
    MetricDefinition(
      "reward/novelty/keys", unit: "keys", "different answers or n-grams counted so far"),
    MetricDefinition(
      "reward/<term>/mean", "what the shaper of that name added, mean over judged rollouts"),
  ]
}
