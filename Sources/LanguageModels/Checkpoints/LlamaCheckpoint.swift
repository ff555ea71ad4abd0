import Configuration

extension Llama: CheckpointFamily {
  static let transformersName = "Llama"

  static func config(from file: CheckpointConfig) throws(ModelDirectoryError) -> LlamaConfig {
    // Silently ignored, each of these would give other logits.
    guard ["silu", "swish"].contains(try file.text("hidden_act", default: "silu")) else {
      throw file.refusal("hidden_act", expected: "\"silu\"")
    }
    for key in ["attention_bias", "mlp_bias"] where try file.flag(key, default: false) {
      throw file.refusal(key, expected: "false")
    }
    var config = LlamaConfig()
    config.hiddenSize = try file.count("hidden_size")
    config.numHiddenLayers = try file.count("num_hidden_layers")
    config.numAttentionHeads = try file.count("num_attention_heads")
    config.numKeyValueHeads = try file.count(
      "num_key_value_heads", default: config.numAttentionHeads)
    config.headDim = try file.count("head_dim", default: 0)
    config.intermediateSize = try file.count("intermediate_size")
    config.maxPositionEmbeddings = try file.count("max_position_embeddings", default: 2048)
    config.tieWordEmbeddings = try file.flag("tie_word_embeddings", default: false)
    config.rmsNormEps = try file.number("rms_norm_eps", default: 1e-6)
    config.initializerRange = try file.number("initializer_range", default: 0.02)
    (config.ropeTheta, config.ropeScaling) = try rope(from: file)
    do throws(ConfigError) {
      try config.validate()
    } catch {
      throw ModelDirectoryError(
        file: file.file, key: error.path, found: "values that do not fit", expected: error.reason)
    }
    return config
  }

  static func members(of config: LlamaConfig) -> [(key: String, value: JSON)] {
    let scaling = members(of: config.ropeScaling)
    let theta = (key: "rope_theta", value: JSON(config.ropeTheta))
    let parameters = [theta] + (scaling ?? [(key: "rope_type", value: "default")])
    return [
      ("hidden_size", JSON(config.hiddenSize)),
      ("num_hidden_layers", JSON(config.numHiddenLayers)),
      ("num_attention_heads", JSON(config.numAttentionHeads)),
      ("num_key_value_heads", JSON(config.numKeyValueHeads)),
      ("head_dim", JSON(config.headWidth)),
      ("intermediate_size", JSON(config.intermediateSize)),
      ("max_position_embeddings", JSON(config.maxPositionEmbeddings)),
      ("tie_word_embeddings", JSON(config.tieWordEmbeddings)),
      ("rms_norm_eps", JSON(config.rmsNormEps)),
      ("hidden_act", "silu"), ("attention_bias", false), ("mlp_bias", false),
      ("attention_dropout", 0.0), ("initializer_range", JSON(config.initializerRange)),
      // Version 4 of transformers reads the first two, version 5 the third.
      theta, ("rope_scaling", scaling.map { JSON(members: $0) } ?? .null),
      ("rope_parameters", JSON(members: parameters)),
    ]
  }
}

extension Llama {
  private struct Rope: Equatable {
    var theta: Double
    var scaling: RopeScaling
  }

  /// The base and the scaling from `rope_parameters`, or from `rope_theta` and `rope_scaling`.
  private static func rope(
    from file: CheckpointConfig
  ) throws(ModelDirectoryError) -> (Double, RopeScaling) {
    let base = try file.number("rope_theta", default: 10_000)
    let old = Rope(theta: base, scaling: try scaling(from: file.part("rope_scaling")))
    guard let parameters = try file.part("rope_parameters") else { return (old.theta, old.scaling) }
    let new = Rope(
      theta: try parameters.number("rope_theta", default: base),
      scaling: try scaling(from: parameters))
    let hasOld = file.value("rope_theta") != nil || file.value("rope_scaling") != nil
    guard new == old || !hasOld else {
      throw file.refusal("rope_parameters", expected: "what rope_theta and rope_scaling say")
    }
    return (new.theta, new.scaling)
  }

  private static func scaling(
    from file: CheckpointConfig?
  ) throws(ModelDirectoryError) -> RopeScaling {
    var scaling = RopeScaling()
    guard let file else { return scaling }
    guard try file.number("partial_rotary_factor", default: 1) == 1 else {
      throw file.refusal("partial_rotary_factor", expected: "1")
    }
    let key = file.value("rope_type") == nil && file.value("type") != nil ? "type" : "rope_type"
    switch try file.text(key, default: "default") {
    case "default": return scaling
    case "llama3": break
    default: throw file.refusal(key, expected: "\"default\" or \"llama3\"")
    }
    scaling.ropeType = .llama3
    scaling.factor = try file.number("factor")
    scaling.lowFreqFactor = try file.number("low_freq_factor")
    scaling.highFreqFactor = try file.number("high_freq_factor")
    scaling.originalMaxPositionEmbeddings = try file.count("original_max_position_embeddings")
    return scaling
  }

  private static func members(of scaling: RopeScaling) -> [(key: String, value: JSON)]? {
    guard scaling.ropeType == .llama3 else { return nil }
    return [
      ("rope_type", "llama3"), ("factor", JSON(scaling.factor)),
      ("low_freq_factor", JSON(scaling.lowFreqFactor)),
      ("high_freq_factor", JSON(scaling.highFreqFactor)),
      ("original_max_position_embeddings", JSON(scaling.originalMaxPositionEmbeddings)),
    ]
  }
}
