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
      "epsilon": 0.2, "epsilon_high": 0.2, "baseline": "leave_one_out", "scale_rewards": "none",
      "beta": 0.05, "kl_estimator": "k1", "kl_in": "reward",
    ],
    // Hu, "REINFORCE++" (2025): no baseline but the whole step's mean, each token's divergence in
    // its reward to go, PPO's clip.
    "reinforce_pp": [
      "aggregation": "token_mean", "importance_sampling_level": "token", "epsilon": 0.2,
      "epsilon_high": 0.2, "baseline": "none", "scale_rewards": "none", "whiten_advantages": true,
      "gamma": 1, "beta": 0.01, "kl_estimator": "k1", "kl_in": "token_reward",
    ],
    // The same paper's variant for groups, without its divergence: the group's mean goes, the
    // step's deviation divides.
    "reinforce_pp_baseline": [
      "aggregation": "token_mean", "importance_sampling_level": "token", "epsilon": 0.2,
      "epsilon_high": 0.2, "baseline": "group_mean", "scale_rewards": "none",
      "whiten_advantages": true,
    ],
    // Li et al., "ReMax" (2023): a sum over tokens, and the greedy completion's reward taken off.
    "remax": [
      "aggregation": "sequence_sum", "importance_sampling_level": "token", "epsilon": 0.2,
      "epsilon_high": 0.2, "baseline": "greedy", "scale_rewards": "none",
    ],
    // "MaxRL" (2026), as published: the group's mean divides, and a group without success has 0.
    "maxrl": [
      "aggregation": "token_mean", "importance_sampling_level": "token", "epsilon": 0.2,
      "epsilon_high": 0.2, "baseline": "group_mean", "scale_rewards": "mean",
    ],
    // Hao et al., "On-Policy RL with Optimal Reward Baseline" (2025): exactly on policy, so that
    // no clip acts, and without divergence or entropy terms.
    "opo": [
      "aggregation": "sequence_sum", "importance_sampling_level": "token", "epsilon": 0.2,
      "epsilon_high": 0.2, "baseline": "length_weighted", "scale_rewards": "none",
      "updates_per_collection": 1, "num_iterations": 1,
    ],
    // Walder and Karkhanis, "Pass@K Policy Optimization" (2025), for pass@4. With best_of 0, k the
    // whole group, it is Tang et al.'s (2025): the best alone gets its lead over the second.
    "pass_at_k": [
      "aggregation": "sequence_sum", "importance_sampling_level": "token", "epsilon": 0.2,
      "epsilon_high": 0.2, "baseline": "best_of_others", "best_of": 4, "scale_rewards": "none",
    ],
    // Gao et al., "Soft Adaptive Policy Optimization" (2025).
    "sapo": [
      "surrogate": "sapo", "aggregation": "sequence_mean", "importance_sampling_level": "token",
      "sapo_temperature_pos": 1, "sapo_temperature_neg": 1.05, "scale_rewards": "group",
    ],
    // Zhao et al., "Geometric-Mean Policy Optimization" (2025): ratios of tokens in e^±0.4.
    "gmpo": [
      "surrogate": "gmpo", "aggregation": "sequence_mean",
      "importance_sampling_level": "sequence", "epsilon": 0.4, "epsilon_high": 0.4,
      "scale_rewards": "group",
    ],
    // "Variational Sequence-Level Soft Policy Optimization" (2026), with TRL's constants.
    "vespo": [
      "surrogate": "vespo", "aggregation": "token_mean",
      "importance_sampling_level": "sequence_product", "vespo_k_pos": 2, "vespo_lambda_pos": 3,
      "vespo_k_neg": 3, "vespo_lambda_neg": 2, "scale_rewards": "group",
    ],
    // "Length-Unbiased Sequence Policy Optimization" (2026): GSPO with sums over tokens, so that a
    // long sequence is not worth less a token.
    "luspo": [
      "aggregation": "sequence_sum", "importance_sampling_level": "sequence", "epsilon": 3e-4,
      "epsilon_high": 4e-4, "scale_rewards": "group",
    ],
    // Wang et al., "Beyond the 80/20 Rule" (2025): DAPO's clip and mean, on the fifth of the
    // tokens at which the policy is least sure.
    "top_entropy": [
      "aggregation": "token_mean", "importance_sampling_level": "token", "epsilon": 0.2,
      "epsilon_high": 0.28, "scale_rewards": "group", "top_entropy_quantile": 0.2,
    ],
  ]
}
