import TensorCore

/// The reward model's loss, `Σ_p w_p [-log σ(r⁺ - r⁻ - μ) + c (r⁺ + r⁻)²]` (Bradley and Terry, 1952;
/// the margin μ as in Llama 2, Touvron et al., 2023, equation 2; centring with weight c as in
/// Eisenstein et al., 2023).
///
/// `weights` are fixed for the whole step, `1/P` of its pairs for a mean, so micro-batches only add.
public func bradleyTerry(
  _ rewards: PairScores,
  margins: Tensor,  // [P] μ; zeros where there are none
  weights: Tensor,  // [P]
  centering: Float = 0
) -> Objective {
  var terms = -(rewards.margins - margins).logSigmoid()
  if centering > 0 {
    let sum = rewards.chosen + rewards.rejected
    terms = terms + sum * sum * centering
  }
  let (chosen, rejected) = (rewards.chosen.values, rewards.rejected.values)
  return Objective(
    loss: (weights * terms).sum(),
    metrics: Metrics([
      "accuracy": .mean(of: zip(chosen, rejected).map { $0 > $1 ? 1 : 0 }),
      "margin": .mean(of: rewards.margins.values),
      "mean_reward": .mean(of: chosen + rejected),
      "min_reward": .minimum((chosen + rejected).reduce(.infinity) { min($0, Double($1)) }),
      "max_reward": .maximum((chosen + rejected).reduce(-.infinity) { max($0, Double($1)) }),
    ]))
}

extension MetricDefinition {
  /// What `bradleyTerry` reports, under TRL's names.
  public static let ofBradleyTerry = [
    MetricDefinition("accuracy", "share of pairs whose chosen completion has the higher reward"),
    MetricDefinition("margin", "mean over pairs of r⁺ - r⁻"),
    MetricDefinition("mean_reward", "mean over the completions of the step's pairs"),
    MetricDefinition("min_reward", "lowest reward of a completion of the step's pairs"),
    MetricDefinition("max_reward", "highest reward of a completion of the step's pairs"),
  ]
}
