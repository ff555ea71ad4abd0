import Configuration
import TensorCore

/// Weights that an optimizer treats apart.
public struct ParameterGroup: ConfigBlock, Equatable {
  public var match: [String] = []
  public var learningRateScale: Double = 1
  public var weightDecay: Double = 0
  public init() {}

  public static let keys = [
    KeyDescription("match", "texts, one of which the weight's name contains"),
    KeyDescription("learning_rate_scale", "multiplies the scheduled rate; 0 freezes", "0..."),
    KeyDescription("weight_decay", "in place of the optimizer's, for matrices or not", "0..."),
  ]

  public func validate() throws(ConfigError) {
    if match.isEmpty || match.contains("") {
      throw ConfigError(path: "match", reason: "expected texts that are not empty")
    }
  }

  public func includes(_ name: String) -> Bool { match.contains { name.contains($0) } }
}

/// The keys of an optimizer that shrinks weights and treats some apart.
public protocol GroupedOptimizerConfig: OptimizerConfig {
  var weightDecay: Double { get }
  /// Decay matrices only: norms and biases are left alone.
  var decayMatricesOnly: Bool { get }
  var groups: [ParameterGroup] { get }
}

extension GroupedOptimizerConfig {
  /// What one weight is moved and shrunk by: its group's numbers where one matches.
  func rates(
    of name: String, _ shape: Shape, _ learningRate: Float
  ) -> (learningRate: Float, weightDecay: Float) {
    let group = groups.first { $0.includes(name) }
    let decays = !decayMatricesOnly || shape.rank > 1
    return (
      learningRate * Float(group?.learningRateScale ?? 1),
      Float(group?.weightDecay ?? (decays ? weightDecay : 0))
    )
  }

  /// `p ← p − η · direction(g + λp)` for each weight with a gradient: decay as part of the gradient.
  func descend(
    _ parameters: inout Parameters, gradients: Parameters, gradientScale: Float,
    learningRate: Float, along direction: (_ name: String, _ gradient: Tensor) -> Tensor
  ) {
    for name in parameters.names {
      guard let gradient = gradients[name], let weight = parameters[name] else { continue }
      let (rate, decay) = rates(of: name, weight.shape, learningRate)
      let step = direction(name, gradient * gradientScale + weight * decay)
      parameters[name] = weight - step * rate
    }
  }
}

extension KeyDescription {
  static let decayMatricesOnly = KeyDescription(
    "decay_matrices_only", "leave norms and biases out of the decay")
  static let groups = KeyDescription(
    "groups", "weights with a rate and a decay of their own; the first match counts")
}
