import Configuration
import TensorCore

/// The keys of Adam.
public struct AdamConfig: GroupedOptimizerConfig {
  public var learningRate: Double = 1e-3
  public var beta1: Double = 0.9
  public var beta2: Double = 0.999
  public var epsilon: Double = 1e-8
  public var amsgrad = false
  public var weightDecay: Double = 0
  public var decayMatricesOnly = true
  public var groups: [ParameterGroup] = []
  public var maxGradNorm: Double = 1
  public var schedule = Variant<ScheduleCatalog>()
  public init() {}

  public static let keys = [
    .learningRate, .beta1, .beta2,
    KeyDescription("epsilon", "added to the root of the mean square", ">0"),
    KeyDescription("amsgrad", "divide by the largest mean square there was"),
    KeyDescription("weight_decay", "share of the weight added to its gradient", "0..."),
    .decayMatricesOnly, .groups, .maxGradNorm, .schedule,
  ]

  public func makeOptimizer() -> any Optimizer { Adam(self) }
}

/// Adam (Kingma & Ba, 2015) and AMSGrad (Reddi et al., 2018), in PyTorch's form.
///
/// `g ← g + λp`, `m ← β₁m + (1 − β₁)g`, `v ← β₂v + (1 − β₂)g²`,
/// `p ← p − η · m / (1 − β₁ᵗ) / (√v / √(1 − β₂ᵗ) + ε)`; AMSGrad with the largest `v` so far in its place.
public struct Adam: Optimizer {
  private let config: AdamConfig
  private var means = Parameters()
  private var squares = Parameters()
  private var largest = Parameters()
  private var correction = BiasCorrection()

  public init(_ config: AdamConfig) { self.config = config }

  /// `m.<name>`, `v.<name>`, `largest.<name>` where it is used, and the powers of the betas.
  public var state: Parameters {
    get {
      var state = Parameters(sets: [("m", means), ("v", squares), ("largest", largest)])
      state["powers"] = correction.state
      return state
    }
    set {
      (means, squares) = (newValue.set("m"), newValue.set("v"))
      largest = newValue.set("largest")
      correction.state = newValue["powers"]
    }
  }

  public mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, gradientScale: Float,
    learningRate: Float
  ) {
    correction.advance(beta1: config.beta1, beta2: config.beta2)
    config.descend(
      &parameters, gradients: gradients, gradientScale: gradientScale, learningRate: learningRate
    ) { direction(of: $0, $1) }
  }

  private mutating func direction(of name: String, _ gradient: Tensor) -> Tensor {
    let first = decayingMean(means[name], gradient, decay: config.beta1)
    var second = decayingMean(squares[name], gradient * gradient, decay: config.beta2)
    (means[name], squares[name]) = (first, second)
    if config.amsgrad {
      second = largest[name].map { $0.maximum(second) } ?? second
      largest[name] = second
    }
    let root = second.squareRoot() * (1 / correction.second.squareRoot()) + Float(config.epsilon)
    return first * (1 / correction.first) / root
  }
}
