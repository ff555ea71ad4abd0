import Configuration
import NeuralNetworks
import Randomness
import TensorCore

/// A transformer bound to its weights. Immutable, so it can be shared freely.
public protocol LanguageModel: Sendable, SendableMetatype {
  associatedtype Config: ConfigBlock
  /// What depends on the configuration alone and is made once: tables of positions.
  associatedtype Constants: Sendable

  static var family: String { get }
  static func constants(of config: Config) -> Constants
  /// Positions that a sequence may have.
  static func maximumLength(of config: Config) -> Int
  init(
    _ config: Config, vocabulary: Int, output: ModelOutput, constants: Constants,
    _ scope: ParameterScope
  ) throws(ParameterError)

  var layerCount: Int { get }
  /// Positions that a sequence may have.
  var maximumLength: Int { get }
  var heads: OutputHeads { get }

  /// The final hidden states of the rows that are read, `[R, D]`.
  ///
  /// With caches, segment `s` continues `caches[s]`, to which its rows are appended. An observer is
  /// shown the residual stream after each block, and changes nothing.
  func hiddenStates(
    of tokens: PackedTokens, caches: inout [KVCache]?, observer: ResidualObserver?
  ) -> Tensor
}

/// Looks at the residual stream `[N, D]` as a block leaves it, behind the last one of the rows alone
/// that are read; layers count from 0.
public typealias ResidualObserver = (_ layer: Int, _ stream: Tensor) -> Void

extension LanguageModel {
  /// Hidden states to logits.
  public var head: Linear {
    guard let head = heads.logits else {
      preconditionFailure("\(Self.family): a model of scores has no logits")
    }
    return head
  }

  public var vocabularySize: Int { head.weight.shape[0] }

  public func hiddenStates(
    of tokens: PackedTokens, observer: ResidualObserver? = nil
  ) -> Tensor {
    var none: [KVCache]?
    return hiddenStates(of: tokens, caches: &none, observer: observer)
  }

  /// Log-probabilities, entropies and divergences of the targets, at the sampling temperature.
  ///
  /// `other` is a fixed model to measure the divergence from.
  public func statistics(
    of tokens: PackedTokens, temperature: Float, other: (any LanguageModel)? = nil,
    divergence: VocabularyDivergence = .none
  ) -> TokenStatistics {
    statistics(
      of: tokens, hidden: hiddenStates(of: tokens), temperature: temperature, other: other,
      divergence: divergence)
  }

  /// The same from `hidden` states of `tokens` that are wanted for something else too.
  public func statistics(
    of tokens: PackedTokens, hidden: Tensor, temperature: Float,
    other: (any LanguageModel)? = nil, divergence: VocabularyDivergence = .none
  ) -> TokenStatistics {
    let reference = other.map {
      OtherDistribution(
        hidden: $0.hiddenStates(of: tokens), head: $0.head.weight, divergence: divergence)
    }
    return hidden.tokenStatistics(
      head: head.weight, rows: tokens.targetRows, tokens: tokens.targetTokens,
      temperature: temperature, other: reference)
  }

  /// The scalar head's number at each of `rows` of the hidden states.
  public func scores(of hidden: Tensor, rows: [Int32]) -> Tensor {  // [R]
    guard let head = heads.scalar else {
      preconditionFailure("\(Self.family): a model of logits has no scores")
    }
    return head(hidden.embedding(rows)).flattened
  }
}

/// A family and its hyperparameters: everything about a model but its weights.
public struct Architecture: Sendable {
  public let family: String
  public let config: any ConfigBlock
  public let vocabularySize: Int
  /// Positions that a sequence may have.
  public let maximumLength: Int
  public var output: ModelOutput
  /// The low-rank adapter of its linear layers, if they have one.
  public internal(set) var adapter: LoRAConfig?
  private let make:
    @Sendable (ModelOutput, ParameterScope) throws(ParameterError) -> any LanguageModel

  public init<Model: LanguageModel>(
    _ type: Model.Type, _ config: Model.Config, vocabulary: Int, output: ModelOutput = .logits
  ) {
    let constants = Model.constants(of: config)
    family = Model.family
    self.config = config
    vocabularySize = vocabulary
    maximumLength = Model.maximumLength(of: config)
    self.output = output
    make = { (output, scope: ParameterScope) throws(ParameterError) -> any LanguageModel in
      try Model(config, vocabulary: vocabulary, output: output, constants: constants, scope)
    }
  }

  /// The same trunk with other heads.
  public func with(_ output: ModelOutput) -> Architecture {
    var other = self
    other.output = output
    return other
  }

  /// The model on these weights.
  public func model(_ parameters: Parameters) throws(ParameterError) -> any LanguageModel {
    try build(ParameterScope(parameters))
  }

  /// The weights that the model asks for; others are left out.
  public func weights(from stored: Parameters) throws(ParameterError) -> Parameters {
    let scope = ParameterScope(stored)
    try build(scope)
    return scope.found
  }

  /// The weights that the model asks for, drawn fresh where `stored` has none: new heads or
  /// adapters on a trunk that is trained already.
  public func weights(
    from stored: Parameters, completedFrom random: RandomStream
  ) throws(ParameterError) -> Parameters {
    let scope = ParameterScope(stored, drawingMissingFrom: random)
    try build(scope)
    return scope.found
  }

  /// Fresh weights, each a function of its name and the stream.
  public func freshParameters(from random: RandomStream) -> Parameters {
    let scope = ParameterScope(drawingFrom: random)
    // A scope that draws has every weight that is asked for.
    do throws(ParameterError) { try build(scope) } catch { preconditionFailure("\(error)") }
    return scope.found
  }

  @discardableResult
  func build(_ scope: ParameterScope) throws(ParameterError) -> any LanguageModel {
    try make(output, scope.adapted(by: adapter))
  }
}
