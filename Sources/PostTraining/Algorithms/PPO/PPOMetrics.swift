import Objectives

extension PPO {
  public static let metrics =
    MetricDefinition.ofRollouts + MetricDefinition.ofRewardMix + [
      .logProbDifference,
      MetricDefinition(
        "objective/kl", unit: "nats",
        "mean over rollouts of Σ_t k, the divergence that is taken off their tokens' rewards"),
      MetricDefinition("objective/kl_coef", "beta as it was for this step"),
      MetricDefinition("critic/returns/mean", "mean over tokens of R = Â + V, before whitening"),
      MetricDefinition(
        "critic/vf_explained_var", "1 - Var(R - V)/Var(R) over the step's tokens, before updates"),
      MetricDefinition(
        "eval/vf_explained_var",
        "the same at lambda 1, R = what came, on sampled rollouts of at most 256 held-out problems"),
    ]

  public static func formula(_ config: PPOConfig) -> String {
    let (low, high) = (1 - config.epsilon, 1 + config.epsilonHigh)
    var loss = "L = -(1/N) Σ min(r·A, clip(r, \(low), \(high))·A)"
    if config.beta > 0 && config.klIn == .loss {
      loss += " + \(config.beta) · KL(π‖π_ref) [\(config.klEstimator.rawValue)]"
    }
    if config.entropyCoef > 0 { loss += " - \(config.entropyCoef) · H(π)" }
    let error =
      config.cliprangeValue > 0
      ? "max((V - R)², (V clipped to ±\(config.cliprangeValue) - R)²)" : "(V - R)²"
    let coefficient = config.sharedValue.map { "\($0.vfCoef) · " } ?? ""
    loss += "; \(coefficient)½ (1/N) Σ \(error)"
    let penalty =
      config.beta > 0 && config.klIn == .reward
      ? " - \(config.beta) · log π_b/π_ref a token" : ""
    return "\(loss), r = π(y_t)/π_b(y_t), A = GAE(γ \(config.gamma), λ \(config.lam))"
      + (config.whitenAdvantages ? " whitened" : "")
      + " of \(config.reward.formula) on the last token\(penalty)"
  }
}
