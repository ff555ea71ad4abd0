import Randomness
import TensorCore

/// How fresh weights are drawn.
public enum Initializer: Sendable {
  case zeros, ones
  case normal(standardDeviation: Float)
  case uniform(bound: Float)
}

/// Where a module's initializer finds its weights: fresh ones, a checkpoint's, or watched ones.
///
/// Names are the checkpoint's names; a weight drawn fresh depends on its name and the seed alone.
public struct ParameterScope {
  private let prefix: String
  private let source: Source
  /// What linear layers get beside their weights.
  private let adapter: LoRAConfig?

  private final class Source {
    let existing: Parameters
    let random: RandomStream?
    let isOutline: Bool
    var found: [(name: String, weight: Tensor)] = []
    var layers: [String] = []
    var heads: [String] = []

    init(existing: Parameters, random: RandomStream?, isOutline: Bool = false) {
      (self.existing, self.random, self.isOutline) = (existing, random, isOutline)
    }
  }

  /// A scope that finds its weights in `parameters`, or says which is missing.
  public init(_ parameters: Parameters) {
    self.init(prefix: "", source: Source(existing: parameters, random: nil))
  }

  /// A scope that finds its weights in `parameters` and draws those that are missing.
  public init(_ parameters: Parameters, drawingMissingFrom random: RandomStream) {
    self.init(prefix: "", source: Source(existing: parameters, random: random))
  }

  /// A scope that draws its weights.
  public init(drawingFrom random: RandomStream) {
    self.init(Parameters(), drawingMissingFrom: random)
  }

  /// A scope whose weights are all 0, for what a model is made of.
  public static var outline: ParameterScope {
    ParameterScope(prefix: "", source: Source(existing: Parameters(), random: nil, isOutline: true))
  }

  private init(prefix: String, source: Source, adapter: LoRAConfig? = nil) {
    (self.prefix, self.source, self.adapter) = (prefix, source, adapter)
  }

  public subscript(_ name: String) -> ParameterScope {
    ParameterScope(
      prefix: prefix.isEmpty ? name : "\(prefix).\(name)", source: source, adapter: adapter)
  }

  /// The same scope, whose linear layers have low-rank adapters, or none where `adapter` is `nil`.
  public func adapted(by adapter: LoRAConfig?) -> ParameterScope {
    ParameterScope(prefix: prefix, source: source, adapter: adapter)
  }

  /// The linear layers and the output heads that initializers made, by their names.
  public var layers: [String] { source.layers }
  public var heads: [String] { source.heads }

  public subscript(_ name: String, _ index: Int) -> ParameterScope { self[name]["\(index)"] }

  /// What initializers asked for and got.
  public var found: Parameters {
    var parameters = Parameters()
    for (name, weight) in source.found { parameters[name] = weight }
    return parameters
  }

  /// The weight `name` of this scope.
  public func tensor(
    _ name: String, _ shape: Shape, _ initializer: Initializer
  ) throws(ParameterError) -> Tensor {
    let path = self[name].prefix
    let weight: Tensor
    if let existing = source.existing[path] {
      weight = existing
    } else if let random = source.random {
      weight = draw(path, shape, initializer, random)
    } else if source.isOutline {
      weight = .zeros(shape)
    } else {
      throw .missing(path)
    }
    guard weight.shape == shape else {
      throw .shapeMismatch(name: path, expected: shape, found: weight.shape)
    }
    source.found.append((path, weight))
    return weight
  }

  /// Every linear layer of every family is made here, so adapters need no family's help.
  public func linear(
    _ name: String, in inputs: Int, out outputs: Int, bias: Bool = false,
    _ initializer: Initializer
  ) throws(ParameterError) -> Linear {
    let scope = self[name]
    source.layers.append(scope.prefix)
    return Linear(
      weight: try scope.tensor("weight", [outputs, inputs], initializer),
      bias: bias ? try scope.tensor("bias", [outputs], .zeros) : nil,
      adapter: try scope.lowRank(in: inputs, out: outputs))
  }

  /// A linear map to what the model says. It never has an adapter: there the kernels that never
  /// hold a row of logits multiply by its weight alone.
  public func head(
    _ name: String, in inputs: Int, out outputs: Int, _ initializer: Initializer
  ) throws(ParameterError) -> Linear {
    let scope = self[name]
    source.heads.append(scope.prefix)
    return Linear(weight: try scope.tensor("weight", [outputs, inputs], initializer))
  }

  /// The adapter of the layer that this scope is, if it is a target. `A` is drawn as PEFT draws it
  /// (Kaiming-uniform with a = √5: within ±1/√in), `B` is 0, so that the layer begins as its base.
  private func lowRank(
    in inputs: Int, out outputs: Int
  ) throws(ParameterError) -> LowRankAdapter? {
    guard let adapter, adapter.adapts(prefix) else { return nil }
    return LowRankAdapter(
      a: try self["lora_A"].tensor(
        "weight", [adapter.rank, inputs], .uniform(bound: 1 / Float(inputs).squareRoot())),
      b: try self["lora_B"].tensor("weight", [outputs, adapter.rank], .zeros),
      scale: adapter.scale)
  }

  private func draw(
    _ path: String, _ shape: Shape, _ initializer: Initializer, _ random: RandomStream
  ) -> Tensor {
    switch initializer {
    case .zeros: return .zeros(shape)
    case .ones: return .filled(shape, with: 1)
    case .normal(let deviation):
      var random = random.split(path)
      return .normal(shape, standardDeviation: deviation, using: &random)
    case .uniform(let bound):
      var random = random.split(path)
      return .uniform(shape, bound: bound, using: &random)
    }
  }
}
