import Configuration

extension AlgorithmCase {
  /// Ways to optimize preferences, several losses a case: `PreferenceKeyTests` takes them apart.
  static let preferences: [JSON] = [
    [
      "losses": [
        ["type": "sigmoid", "label_smoothing": 0.2, "gamma": 0.5], ["type": "robust"],
        ["type": "hinge"], ["type": "ipo", "weight": 0.01], ["type": "exo_pair"],
        ["type": "discopop"],
      ]
    ],
    [
      "losses": [
        ["type": "nca_pair"], ["type": "bco_pair"], ["type": "sppo_hard", "weight": 0.01],
        ["type": "apo_zero"], ["type": "apo_down"],
      ]
    ],
    [
      "losses": [
        score("sigmoid", ["type": "log_ratio", "f_divergence": ["type": "forward_kl"]]),
        score("ipo", ["type": "log_ratio", "f_divergence": ["type": "js_divergence"]]),
        score(
          "robust",
          ["type": "log_ratio", "f_divergence": ["type": "alpha_divergence", "alpha": 0.7]]),
        score("hinge", ["type": "log_prob", "length_normalized": true]),
      ]
    ],
    ["losses": [["type": "aot"]]], ["losses": [["type": "aot_unpaired", "label_smoothing": 0.1]]],
    ["ld_alpha": 0.3], ["use_weighting": true],
    ["pairs": ["type": "online", "chosen": "demonstration"]],
    ["pairs": ["type": "start", "prompts": 8, "num_generations": 4, "batch_size": 12]],
    ["pairs": ["type": "online", "reward": ["model": 1]]],
    [
      "pairs": [
        "type": "start", "prompts": 8, "num_generations": 4, "batch_size": 12,
        "reward": ["verifier": 0, "model": 1],
      ]
    ],
  ]

  private static func score(_ loss: String, _ score: JSON) -> JSON {
    ["type": JSON(loss), "score": score]
  }
}
