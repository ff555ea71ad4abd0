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
    .learningRate, .beta1, .beta2,
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
  private var correction = BiasCorrection()

  public init(_ config: AdamWConfig) { self.config = config }

  /// `m.<name>`, `v.<name>`, and the powers of the betas.
  public var state: Parameters {
    get {
      var state = Parameters(sets: [("m", means), ("v", squares)])
      state["powers"] = correction.state
      return state
    }
    set {
      (means, squares) = (newValue.set("m"), newValue.set("v"))
      correction.state = newValue["powers"]
    }
  }

  public mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, gradientScale: Float,
    learningRate: Float
  ) {
    correction.advance(beta1: config.beta1, beta2: config.beta2)
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
      correction1: correction.first, correction2: correction.second)
  }
}
