import Configuration
import TensorCore

/// The keys of RMSprop.
public struct RMSpropConfig: GroupedOptimizerConfig {
  public var learningRate: Double = 1e-3
  public var alpha: Double = 0.99
  public var epsilon: Double = 1e-8
  public var centered = false
  public var momentum: Double = 0
  public var weightDecay: Double = 0
  public var decayMatricesOnly = true
  public var groups: [ParameterGroup] = []
  public var maxGradNorm: Double = 1
  public var schedule = Variant<ScheduleCatalog>()
  public init() {}

  public static let keys = [
    .learningRate,
    KeyDescription("alpha", "decay of the mean of the gradient's square", "0..<1"),
    KeyDescription("epsilon", "added to the root of the mean square", ">0"),
    KeyDescription("centered", "divide by the deviation instead of the root mean square"),
    KeyDescription("momentum", "share of the last velocity that is kept", "0..<1"),
    KeyDescription("weight_decay", "share of the weight added to its gradient", "0..."),
    .decayMatricesOnly, .groups, .maxGradNorm, .schedule,
  ]

  public func makeOptimizer() -> any Optimizer { RMSprop(self) }
}

/// RMSprop (Hinton, 2012, lecture 6e; centered: Graves, 2013, eq. 38–41), in PyTorch's form.
///
/// `g ← g + λp`, `v ← αv + (1 − α)g²`, `d = g / (√v + ε)`, `p ← p − ηd`; centered, `v` less the
/// square of the mean `m ← αm + (1 − α)g`; with momentum `b ← μb + d`, `p ← p − ηb`.
public struct RMSprop: Optimizer {
  private let config: RMSpropConfig
  private var squares = Parameters()
  private var means = Parameters()
  private var velocities = Parameters()

  public init(_ config: RMSpropConfig) { self.config = config }

  /// `square.<name>`, and `mean.<name>` and `velocity.<name>` where they are used.
  public var state: Parameters {
    get { Parameters(sets: [("square", squares), ("mean", means), ("velocity", velocities)]) }
    set {
      squares = newValue.set("square")
      means = newValue.set("mean")
      velocities = newValue.set("velocity")
    }
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
    let square = decayingMean(squares[name], gradient * gradient, decay: config.alpha)
    squares[name] = square
    var variance = square
    if config.centered {
      let mean = decayingMean(means[name], gradient, decay: config.alpha)
      means[name] = mean
      // Rounding may bring the difference below 0, where there is no root.
      variance = (square - mean * mean).clamped(to: 0...Float.greatestFiniteMagnitude)
    }
    let direction = gradient / (variance.squareRoot() + Float(config.epsilon))
    if config.momentum == 0 { return direction }
    let velocity =
      velocities[name].map { $0 * Float(config.momentum) + direction } ?? direction
    velocities[name] = velocity
    return velocity
  }
}
