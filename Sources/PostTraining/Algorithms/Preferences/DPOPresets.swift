import Configuration

/// The coupled values of published variants: one preset a line of this table.
extension DPOConfig {
  public static let presets: [String: JSON] = [
    // Rafailov et al., "Direct preference optimization" (2023), equation 7.
    "dpo": ["losses": [["type": "sigmoid"]], "beta": 0.1],
    // Azar et al., "A general theoretical paradigm to understand learning from human preferences"
    // (2023), equation 17: of sums, not of means.
    "ipo": [
      "losses": [["type": "ipo", "score": ["type": "log_ratio", "length_normalized": false]]],
      "beta": 0.1,
    ],
    // Ethayarajh et al., "KTO" (2024), equation 8.
    "kto": ["losses": [["type": "kto"]], "beta": 0.1],
    // Hong et al., "ORPO" (2024), equation 6: no reference.
    "orpo": ["losses": [["type": "sft"], ["type": "odds_ratio", "weight": 0.1]]],
    // Meng et al., "SimPO" (2024), equation 6: no reference, and no likelihood term.
    "simpo": [
      "losses": [
        [
          "type": "sigmoid", "score": ["type": "log_prob", "length_normalized": true],
          "gamma": 0.5,
        ]
      ],
      "beta": 2,
    ],
    // Xu et al., "Contrastive preference optimization" (2024), equation 5: no reference.
    "cpo": [
      "losses": [["type": "sigmoid", "score": ["type": "log_prob"]], ["type": "sft"]],
      "beta": 0.1,
    ],
    // Wang et al., "Enhancing the reasoning ability of multimodal large language models via mixed
    // preference optimization" (2024).
    "mpo": [
      "losses": [
        ["type": "sigmoid", "weight": 0.8], ["type": "bco_pair", "weight": 0.2],
        ["type": "sft"],
      ],
      "beta": 0.1,
    ],
  ]
}
