import Configuration
import NeuralNetworks
import TensorCore

/// The Llama family: RMSNorm before each block, rotary positions, shared key heads, SwiGLU.
public struct Llama: LanguageModel {
  public static let family = "llama"

  private let config: LlamaConfig
  private let rotary: RotaryTable
  private let embedding: Tensor
  private let layers: [Layer]
  private let norm: Tensor
  public let heads: OutputHeads

  public var layerCount: Int { layers.count }
  public var maximumLength: Int { Self.maximumLength(of: config) }

  public static func constants(of config: LlamaConfig) -> RotaryTable {
    RotaryTable(positions: config.maxPositionEmbeddings, frequencies: config.rotaryFrequencies)
  }

  public static func maximumLength(of config: LlamaConfig) -> Int { config.maxPositionEmbeddings }

  public init(
    _ config: LlamaConfig, vocabulary: Int, output: ModelOutput, constants: RotaryTable,
    _ scope: ParameterScope
  ) throws(ParameterError) {
    self.config = config
    rotary = constants
    let normal = Initializer.normal(standardDeviation: Float(config.initializerRange))
    let model = scope["model"]
    embedding = try model["embed_tokens"].tensor(
      "weight", [vocabulary, config.hiddenSize], normal)
    var layers: [Layer] = []
    for index in 0..<config.numHiddenLayers {
      layers.append(try Layer(config, model["layers", index]))
    }
    self.layers = layers
    norm = try model["norm"].tensor("weight", [config.hiddenSize], .ones)
    heads = try OutputHeads(
      output, width: config.hiddenSize, vocabulary: vocabulary,
      tied: config.tieWordEmbeddings ? embedding : nil, normal, scope)
  }

  public func hiddenStates(
    of tokens: PackedTokens, caches: inout [KVCache]?, observer: ResidualObserver?
  ) -> Tensor {
    let layout = PackedLayout(tokens.segments, cached: caches?.map(\.length))
    let last = layout.queriedWhereRead(tokens.segments)
    var x = embedding.embedding(tokens.tokens)
    for (index, layer) in layers.enumerated() {
      x = layer(
        x, index == layers.count - 1 ? last : layout, rotary, index: index, caches: &caches)
      observer?(index, x)
    }
    return x.rmsNorm(norm, epsilon: Float(config.rmsNormEps))
  }
}

extension Llama {
  /// One block: `x + attention(norm(x))`, then `x + feedForward(norm(x))`, of the rows that attend.
  private struct Layer: Sendable {
    let attentionNorm, feedForwardNorm: Tensor
    let query, key, value, output: Linear
    let gate, up, down: Linear
    let epsilon: Float

    init(_ config: LlamaConfig, _ scope: ParameterScope) throws(ParameterError) {
      let (width, inner) = (config.hiddenSize, config.intermediateSize)
      let queries = config.numAttentionHeads * config.headWidth
      let keys = config.numKeyValueHeads * config.headWidth
      let deviation = Float(config.initializerRange)
      let normal = Initializer.normal(standardDeviation: deviation)
      // 2L matrices add to the stream: dividing by √2L keeps its variance (Radford et al., 2019).
      let residual = Initializer.normal(
        standardDeviation: config.scaleResidualInit
          ? deviation / Float(2 * config.numHiddenLayers).squareRoot() : deviation)
      let attention = scope["self_attn"]
      let feedForward = scope["mlp"]
      attentionNorm = try scope["input_layernorm"].tensor("weight", [width], .ones)
      query = try attention.linear("q_proj", in: width, out: queries, normal)
      key = try attention.linear("k_proj", in: width, out: keys, normal)
      value = try attention.linear("v_proj", in: width, out: keys, normal)
      output = try attention.linear("o_proj", in: queries, out: width, residual)
      feedForwardNorm = try scope["post_attention_layernorm"].tensor("weight", [width], .ones)
      gate = try feedForward.linear("gate_proj", in: width, out: inner, normal)
      up = try feedForward.linear("up_proj", in: width, out: inner, normal)
      down = try feedForward.linear("down_proj", in: inner, out: width, residual)
      epsilon = Float(config.rmsNormEps)
    }

    func callAsFunction(
      _ x: Tensor, _ layout: PackedLayout, _ rotary: RotaryTable, index: Int,
      caches: inout [KVCache]?
    ) -> Tensor {
      let h = x.rmsNorm(attentionNorm, epsilon: epsilon)
      let mixed = Tensor.attention(
        queries: query(h, chosen: layout.queries), keys: key(h), values: value(h), layout: layout,
        rotary: rotary, layer: index, caches: &caches)
      let y = output(mixed, addingTo: layout.queries.map(x.embedding) ?? x)
      let g = y.rmsNorm(feedForwardNorm, epsilon: epsilon)
      return down(gate(g).swiGLU(up(g)), addingTo: y)
    }
  }
}
