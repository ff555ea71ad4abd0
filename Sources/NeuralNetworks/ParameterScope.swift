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
    let existing: Parameters?
    let random: RandomStream
    var created = Parameters()
    var requested: [String] = []

    init(existing: Parameters?, random: RandomStream) {
      (self.existing, self.random) = (existing, random)
    }
  }

  /// A scope that finds its weights in `parameters`.
  public init(_ parameters: Parameters) {
    prefix = ""
    source = Source(existing: parameters, random: RandomStream(seed: 0))
  }

  /// A scope that draws its weights; they are collected in `created`.
  public init(drawingFrom random: RandomStream) {
    prefix = ""
    source = Source(existing: nil, random: random)
  }

  private init(prefix: String, source: Source) { (self.prefix, self.source) = (prefix, source) }

  public subscript(_ name: String) -> ParameterScope {
    ParameterScope(prefix: prefix.isEmpty ? name : "\(prefix).\(name)", source: source)
  }

  public subscript(_ name: String, _ index: Int) -> ParameterScope { self[name]["\(index)"] }

  /// What this scope's initializers drew.
  public var created: Parameters { source.created }

  /// The names that initializers asked for, in order.
  public var requested: [String] { source.requested }

  /// The weight `name` of this scope.
  public func tensor(
    _ name: String, _ shape: Shape, _ initializer: Initializer
  ) throws(ParameterError) -> Tensor {
    let path = self[name].prefix
    source.requested.append(path)
    guard let existing = source.existing else {
      let fresh = draw(path, shape, initializer)
      source.created[path] = fresh
      return fresh
    }
    guard let found = existing[path] else { throw .missing(path) }
    guard found.shape == shape else {
      throw .shapeMismatch(name: path, expected: shape, found: found.shape)
    }
    return found
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

  private func draw(_ path: String, _ shape: Shape, _ initializer: Initializer) -> Tensor {
    switch initializer {
    case .zeros: return .zeros(shape)
    case .ones: return .filled(shape, with: 1)
    case .normal(let deviation):
      var random = source.random.split(path)
      return .normal(shape, standardDeviation: deviation, using: &random)
    }
  }
}
