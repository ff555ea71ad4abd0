import Configuration

/// The shape of a Llama: names as in Hugging Face's `config.json`.
public struct LlamaConfig: ConfigBlock, Equatable {
  public var hiddenSize = 128
  public var numHiddenLayers = 4
  public var numAttentionHeads = 4
  public var numKeyValueHeads = 4
  public var headDim = 0
  public var intermediateSize = 352
  public var maxPositionEmbeddings = 64
  public var tieWordEmbeddings = false
  public var rmsNormEps: Double = 1e-5
  public var ropeTheta: Double = 10_000
  public var ropeScaling = RopeScaling()
  public var initializerRange: Double = 0.02
  public var scaleResidualInit = true
  public init() {}

  public static let keys = [
    KeyDescription("hidden_size", "width of the residual stream", "1..."),
    KeyDescription("num_hidden_layers", "transformer blocks", "1..."),
    KeyDescription("num_attention_heads", "query heads", "1..."),
    KeyDescription("num_key_value_heads", "key and value heads, which query heads share", "1..."),
    KeyDescription("head_dim", "width of a head; 0 is hidden_size / num_attention_heads", "0..."),
    KeyDescription("intermediate_size", "width of the feed-forward layers", "1..."),
    KeyDescription("max_position_embeddings", "longest sequence in tokens", "1..."),
    KeyDescription("tie_word_embeddings", "the head is the embedding's transpose"),
    KeyDescription("rms_norm_eps", "added to the mean square before the root", "0..."),
    KeyDescription("rope_theta", "base of the rotary frequencies", "1..."),
    KeyDescription("rope_scaling", "how rotary frequencies are stretched to longer contexts"),
    KeyDescription("initializer_range", "standard deviation of fresh matrices", "0..."),
    KeyDescription(
      "scale_residual_init", "divide it by √(2 · layers) where a matrix writes to the stream"),
  ]

  public var headWidth: Int { headDim > 0 ? headDim : hiddenSize / numAttentionHeads }

  public func validate() throws(ConfigError) {
    guard numAttentionHeads % numKeyValueHeads == 0 else {
      throw ConfigError(
        path: "num_key_value_heads",
        reason: "expected a divisor of \(numAttentionHeads) heads, found \(numKeyValueHeads)")
    }
    guard headDim > 0 || hiddenSize % numAttentionHeads == 0 else {
      throw ConfigError(
        path: "num_attention_heads",
        reason: "expected a divisor of hidden_size \(hiddenSize), found \(numAttentionHeads)")
    }
    guard headWidth % 2 == 0 else {
      throw ConfigError(path: "head_dim", reason: "expected an even width, found \(headWidth)")
    }
  }
}

/// Llama 3's stretching of low rotary frequencies; `none` leaves them.
public struct RopeScaling: ConfigBlock, Equatable {
  public enum Kind: String, Codable, Sendable { case none, llama3 }

  public var ropeType = Kind.none
  public var factor: Double = 8
  public var lowFreqFactor: Double = 1
  public var highFreqFactor: Double = 4
  public var originalMaxPositionEmbeddings = 8192
  public init() {}

  public static let keys = [
    KeyDescription("rope_type", "the rule", "none|llama3"),
    KeyDescription("factor", "how much low frequencies are divided by", "1..."),
    KeyDescription("low_freq_factor", "wavelengths above context / this are stretched", "0..."),
    KeyDescription("high_freq_factor", "wavelengths below context / this are left", "0..."),
    KeyDescription("original_max_position_embeddings", "context before stretching", "1..."),
  ]
}
