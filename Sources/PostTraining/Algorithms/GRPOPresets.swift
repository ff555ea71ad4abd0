import Configuration

/// The coupled values of published variants: one preset a line of this table.
extension GRPOConfig {
  public static let presets: [String: JSON] = [
    // Shao et al., "DeepSeekMath" (2024), equation 3, without its divergence.
    "grpo": [
      "aggregation": "sequence_mean", "importance_sampling_level": "token", "epsilon": 0.2,
      "epsilon_high": 0.2, "scale_rewards": "group",
    ],
    // Liu et al., "Understanding R1-Zero-Like Training" (2025): neither a completion's length nor
    // its group's deviation weighs it.
    "dr_grpo": [
      "aggregation": "constant", "importance_sampling_level": "token", "epsilon": 0.2,
      "epsilon_high": 0.2, "scale_rewards": "none",
    ],
    // Yu et al., "DAPO" (2025): a wider upper clip, tokens that weigh alike, no group without
    // advantages, and a soft limit on length.
    "dapo": [
      "aggregation": "token_mean", "importance_sampling_level": "token", "epsilon": 0.2,
      "epsilon_high": 0.28, "scale_rewards": "group",
      "gates": [["type": "zero_variance", "max_resample": 4]],
      "shaping": [["type": "overlong"]],
    ],
    // Zheng et al., "Group Sequence Policy Optimization" (2025): ratios of sequences move by
    // little, so their clip is a thousand times narrower.
    "gspo": [
      "aggregation": "sequence_mean", "importance_sampling_level": "sequence", "epsilon": 3e-4,
      "epsilon_high": 4e-4, "scale_rewards": "group",
    ],
    // MiniMax, "MiniMax-M1" (2025), equation 4: no lower bound, which is epsilon 1, and an upper
    // one on the ratio itself.
    "cispo": [
      "surrogate": "detached", "aggregation": "token_mean", "importance_sampling_level": "token",
      "epsilon": 1, "epsilon_high": 5, "scale_rewards": "group",
    ],
    // Ahmadian et al., "Back to Basics" (2024): a whole completion is one action, and its
    // divergence is part of its reward.
    "rloo": [
      "aggregation": "sequence_mean", "importance_sampling_level": "sequence_product",
      "epsilon": 0.2, "epsilon_high": 0.2, "scale_rewards": "leave_one_out", "beta": 0.05,
      "kl_estimator": "k1", "kl_in": "reward",
    ],
  ]
}
