import Configuration

extension AlgorithmCase {
  /// Objectives of preferences, each another than plain DPO's.
  static let preferences: [JSON] = [
    loss("sigmoid", ["label_smoothing": 0.2]),
    loss("sigmoid", ["gamma": 0.5]),
    loss("sigmoid", ["score": ["type": "log_ratio", "length_normalized": true]]),
    loss("sigmoid", ["score": ["type": "log_prob"]]),
    divergence(["type": "forward_kl"]), divergence(["type": "js_divergence"]),
    divergence(["type": "alpha_divergence"]),
    divergence(["type": "alpha_divergence", "alpha": 2]),
    loss("robust"), loss("hinge"), loss("ipo"), loss("exo_pair"), loss("discopop"),
    loss("nca_pair"), loss("bco_pair"), loss("sppo_hard"), loss("apo_zero"), loss("apo_down"),
    loss("aot"), loss("aot_unpaired"), loss("kto"), loss("odds_ratio"), loss("sft"),
    ["losses": [["type": "sigmoid"], ["type": "sft", "weight": 0.5]]],
    ["ld_alpha": 0.3], ["use_weighting": true], ["beta": 0.5],
    ["pairs": ["type": "online", "chosen": "demonstration"]],
    ["pairs": ["type": "online", "temperature": 1.5]],
    ["pairs": ["type": "start", "prompts": 8, "num_generations": 4, "batch_size": 12]],
  ]

  private static func loss(_ type: String, _ keys: JSON = [:]) -> JSON {
    ["losses": JSON([JSON(members: [("type", JSON(type))]).merging(keys)])]
  }

  private static func divergence(_ divergence: JSON) -> JSON {
    loss("sigmoid", ["score": ["type": "log_ratio", "f_divergence": divergence]])
  }
}
