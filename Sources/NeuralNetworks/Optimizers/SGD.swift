import Configuration
import TensorCore

/// The keys of gradient descent.
public struct SGDConfig: GroupedOptimizerConfig {
  public var learningRate: Double = 0.1
  public var momentum: Double = 0
  public var dampening: Double = 0
  public var nesterov = false
  public var weightDecay: Double = 0
  public var decayMatricesOnly = true
  public var groups: [ParameterGroup] = []
  public var maxGradNorm: Double = 1
  public var schedule = Variant<ScheduleCatalog>()
  public init() {}

  public static let keys = [
    .learningRate,
    KeyDescription("momentum", "share of the last velocity that is kept", "0..<1"),
    KeyDescription("dampening", "share of the gradient kept out of the velocity", "0..<1"),
    KeyDescription("nesterov", "look one velocity ahead"),
    KeyDescription("weight_decay", "share of the weight added to its gradient", "0..."),
    .decayMatricesOnly, .groups, .maxGradNorm, .schedule,
  ]

  public func validate() throws(ConfigError) {
    if momentum == 0 && (nesterov || dampening > 0) {
      throw ConfigError(
        path: nesterov ? "nesterov" : "dampening",
        reason: "not read while \"momentum\" is 0: expected a momentum above 0, or no such key")
    }
    if nesterov && dampening > 0 {
      throw ConfigError(
        path: "dampening", reason: "expected 0 with \"nesterov\", found \(dampening)")
    }
  }

  public func makeOptimizer() -> any Optimizer { SGD(self) }
}

/// Gradient descent with momentum (Sutskever et al., 2013), in PyTorch's form.
///
/// `g ← g + λp`, `b ← μb + (1 − τ)g` (the first `b` is `g`), `p ← p − ηb`; with Nesterov's look
/// ahead `p ← p − η(g + μb)`, and without momentum `p ← p − ηg`.
public struct SGD: Optimizer {
  private let config: SGDConfig
  private var velocities = Parameters()

  public init(_ config: SGDConfig) { self.config = config }

  /// `velocity.<name>`; empty without momentum.
  public var state: Parameters {
    get { Parameters(sets: [("velocity", velocities)]) }
    set { velocities = newValue.set("velocity") }
  }

  public mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, gradientScale: Float,
    learningRate: Float
  ) {
    config.descend(
      &parameters, gradients: gradients, gradientScale: gradientScale, learningRate: learningRate
    ) { direction(of: $0, $1) }
  }

  private mutating func direction(of name: String, _ gradient: Tensor) -> Tensor {
    if config.momentum == 0 { return gradient }
    let momentum = Float(config.momentum)
    let added = Float(1 - config.dampening)
    let velocity = velocities[name].map { $0 * momentum + gradient * added } ?? gradient
    velocities[name] = velocity
    return config.nesterov ? gradient + velocity * momentum : velocity
  }
}
