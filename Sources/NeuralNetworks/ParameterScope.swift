import Randomness
import TensorCore

/// How fresh weights are drawn.
public enum Initializer: Sendable {
  case zeros, ones
  case normal(standardDeviation: Float)
}

/// Where a module's initializer finds its weights: fresh ones, a checkpoint's, or watched ones.
///
/// Names are the checkpoint's names; a weight drawn fresh depends on its name and the seed alone.
public struct ParameterScope {
  private let prefix: String
  private let source: Source

  private final class Source {
    let existing: Parameters
    let random: RandomStream?
    var found: [(name: String, weight: Tensor)] = []

    init(existing: Parameters, random: RandomStream?) {
      (self.existing, self.random) = (existing, random)
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

  private init(prefix: String, source: Source) { (self.prefix, self.source) = (prefix, source) }

  public subscript(_ name: String) -> ParameterScope {
    ParameterScope(prefix: prefix.isEmpty ? name : "\(prefix).\(name)", source: source)
  }

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
    } else {
      throw .missing(path)
    }
    guard weight.shape == shape else {
      throw .shapeMismatch(name: path, expected: shape, found: weight.shape)
    }
    source.found.append((path, weight))
    return weight
  }

  /// Every linear map of every family is made here, so adapters need no family's help.
  public func linear(
    _ name: String, in inputs: Int, out outputs: Int, bias: Bool = false,
    _ initializer: Initializer
  ) throws(ParameterError) -> Linear {
    let scope = self[name]
    return Linear(
      weight: try scope.tensor("weight", [outputs, inputs], initializer),
      bias: bias ? try scope.tensor("bias", [outputs], .zeros) : nil)
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
    }
  }
}
