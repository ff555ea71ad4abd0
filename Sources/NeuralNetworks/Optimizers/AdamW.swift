import Configuration
import TensorCore

/// The keys of AdamW.
public struct AdamWConfig: GroupedOptimizerConfig {
  public var learningRate: Double = 1e-3
  public var beta1: Double = 0.9
  public var beta2: Double = 0.999
  public var epsilon: Double = 1e-8
  public var weightDecay: Double = 0
  /// Decay matrices only: norms and biases are left alone.
  public var decayMatricesOnly = true
  public var groups: [ParameterGroup] = []
  public var maxGradNorm: Double = 1
  public var schedule = Variant<ScheduleCatalog>()
  public init() {}

  public static let keys = [
    .learningRate,
    KeyDescription("beta1", "decay of the mean of the gradient", "0..<1"),
    KeyDescription("beta2", "decay of the mean of its square", "0..<1"),
    KeyDescription("epsilon", "added to the root of the mean square", "0..."),
    KeyDescription("weight_decay", "share of the rate by which weights shrink", "0..."),
    .decayMatricesOnly, .groups, .maxGradNorm, .schedule,
  ]

  public func makeOptimizer() -> any Optimizer { AdamW(self) }
}

/// AdamW (Loshchilov & Hutter, 2019), with PyTorch's placement of ε and of the decay.
public struct AdamW: Optimizer {
  private let config: AdamWConfig
  /// Decaying means of the gradient and of its square, by weight.
  private var means = Parameters()
  private var squares = Parameters()
  /// `β₁ᵗ` and `β₂ᵗ` as running products in `Double`.
  private var powers = (1.0, 1.0)

  public init(_ config: AdamWConfig) { self.config = config }

  /// `m.<name>`, `v.<name>`, and the two powers, each as three floats that add up to it.
  public var state: Parameters {
    get {
      var state = Parameters(sets: [("m", means), ("v", squares)])
      state["powers"] = Tensor([powers.0, powers.1].flatMap(splitDouble))
      return state
    }
    set {
      (means, squares, powers) = (newValue.set("m"), newValue.set("v"), (1, 1))
      if let stored = newValue["powers"]?.values, stored.count == 6 {
        powers = (joinedDouble(stored[0..<3]), joinedDouble(stored[3..<6]))
      }
    }
  }

  public mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, gradientScale: Float,
    learningRate: Float
  ) {
    powers = (powers.0 * config.beta1, powers.1 * config.beta2)
    for name in parameters.names {
      guard let gradient = gradients[name] else { continue }
      let rates = rates(of: name, gradient.shape, learningRate)
      if means[name] == nil {
        means[name] = .zeros(gradient.shape)
        squares[name] = .zeros(gradient.shape)
      }
      parameters[name]?.adamW(
        gradient: gradient, gradientScale: gradientScale, m: &means[name]!, v: &squares[name]!,
        rates: rates)
    }
  }

  private func rates(of name: String, _ shape: Shape, _ learningRate: Float) -> AdamWRates {
    let (learningRate, weightDecay) = config.rates(of: name, shape, learningRate)
    return AdamWRates(
      learningRate: learningRate,
      beta1: Float(config.beta1), beta2: Float(config.beta2), epsilon: Float(config.epsilon),
      weightDecay: weightDecay,
      correction1: Float(1 - powers.0), correction2: Float(1 - powers.1))
  }
}

/// A `Double` as three floats whose sum it is, exactly: checkpoints hold F32 alone.
private func splitDouble(_ value: Double) -> [Float] {
  var rest = value
  return (0..<3).map { _ in
    let part = Float(rest)
    rest -= Double(part)
    return part
  }
}

private func joinedDouble(_ parts: ArraySlice<Float>) -> Double {
  parts.reversed().reduce(0) { $0 + Double($1) }
}
