import Configuration
import TensorCore

/// The keys of Muon.
public struct MuonConfig: OptimizerConfig {
  public enum Scale: String, Codable, Sendable, CaseIterable {
    case original
    case matchRMSAdamW = "match_rms_adamw"
  }

  public var learningRate: Double = 0.02
  public var momentum: Double = 0.95
  public var nesterov = true
  public var weightDecay: Double = 0
  public var newtonSchulzSteps = 5
  public var scale = Scale.original
  public var others = MuonOthers()
  public var maxGradNorm: Double = 1
  public var schedule = Variant<ScheduleCatalog>()
  public init() {}

  public static let keys = [
    KeyDescription("learning_rate", "of hidden matrices, the highest of the schedule", ">0"),
    KeyDescription("momentum", "decay of the mean of the gradient", "0..<1"),
    KeyDescription("nesterov", "look one mean ahead"),
    KeyDescription("weight_decay", "share of the rate by which hidden matrices shrink", "0..."),
    KeyDescription("newton_schulz_steps", "iterations towards an orthogonal matrix", "1..."),
    KeyDescription("scale", "the rate of a matrix by its shape: as wide ones, or as AdamW's"),
    KeyDescription("others", "AdamW for what is no hidden matrix"),
    .maxGradNorm, .schedule,
  ]

  public func makeOptimizer() -> any Optimizer { Muon(self) }
}

/// The keys of AdamW where it moves what Muon leaves: embeddings, head, norms, biases.
public struct MuonOthers: ConfigBlock, Equatable {
  public var match = ["embed_tokens", "lm_head"]
  public var learningRate: Double = 1e-3
  public var beta1: Double = 0.9
  public var beta2: Double = 0.99
  public var epsilon: Double = 1e-8
  public var weightDecay: Double = 0
  public init() {}

  public static let keys = [
    KeyDescription("match", "matrices whose names contain one of these; what is no matrix, too"),
    KeyDescription("learning_rate", "the highest rate; Muon's schedule shapes it", "0..."),
    .beta1, .beta2,
    KeyDescription("epsilon", "added to the root of the mean square", "0..."),
    KeyDescription("weight_decay", "share of the rate by which matrices shrink", "0..."),
  ]
}

/// Momentum, orthogonalized (Jordan et al., 2024), for hidden matrices; AdamW for all else.
///
/// `m ← μm + (1 − μ)g`, `u = orthogonalized(m)`, or of `μm + (1 − μ)g` again with Nesterov's look
/// ahead, and `p ← p(1 − ηλ) − η·s·u` of `[R, C]` with `s = √max(1, R/C)`, or `0.2 √max(R, C)`,
/// which gives `u` the root mean square of AdamW's steps (Liu et al., 2025, eq. 4).
public struct Muon: Optimizer {
  private let config: MuonConfig
  private var momenta = Parameters()
  private var adamW: AdamW

  public init(_ config: MuonConfig) {
    self.config = config
    var others = AdamWConfig()
    (others.beta1, others.beta2) = (config.others.beta1, config.others.beta2)
    (others.epsilon, others.weightDecay) = (config.others.epsilon, config.others.weightDecay)
    adamW = AdamW(others)
  }

  /// `momentum.<name>` of hidden matrices, and AdamW's state under `adamw`.
  public var state: Parameters {
    get { Parameters(sets: [("momentum", momenta), ("adamw", adamW.state)]) }
    set {
      momenta = newValue.set("momentum")
      adamW.state = newValue.set("adamw")
    }
  }

  public mutating func update(
    _ parameters: inout Parameters, gradients: Parameters, gradientScale: Float,
    learningRate: Float
  ) {
    var others = Parameters()
    for name in parameters.names {
      guard let gradient = gradients[name], let weight = parameters[name] else { continue }
      if isHiddenMatrix(name, weight) {
        let update = orthogonalized(
          direction(of: name, gradient * gradientScale), steps: config.newtonSchulzSteps)
        parameters[name] =
          weight * (1 - learningRate * Float(config.weightDecay))
          - update * (learningRate * scale(of: weight.shape))
      } else {
        others[name] = gradient
      }
    }
    let share = Double(learningRate) / config.learningRate
    adamW.update(
      &parameters, gradients: others, gradientScale: gradientScale,
      learningRate: Float(config.others.learningRate * share))
  }

  private func isHiddenMatrix(_ name: String, _ weight: Tensor) -> Bool {
    weight.shape.rank == 2 && !config.others.match.contains { name.contains($0) }
  }

  private mutating func direction(of name: String, _ gradient: Tensor) -> Tensor {
    let (kept, added) = (Float(config.momentum), gradient * Float(1 - config.momentum))
    let momentum = momenta[name].map { $0 * kept + added } ?? added
    momenta[name] = momentum
    return config.nesterov ? momentum * kept + added : momentum
  }

  private func scale(of shape: Shape) -> Float {
    let (rows, columns) = (Float(shape[0]), Float(shape[1]))
    return switch config.scale {
    case .original: max(1, rows / columns).squareRoot()
    case .matchRMSAdamW: 0.2 * max(rows, columns).squareRoot()
    }
  }
}

/// Nearly `U Vᵀ` of a matrix `U S Vᵀ`: the quintic Newton–Schulz iteration of Jordan et al. (2024).
///
/// From `X / ‖X‖` on, `X ← aX + (bG + cG²) X` with `G = X Xᵀ` of the shorter side: each singular
/// value `s` becomes `as + bs³ + cs⁵`, which draws it to between 0.7 and 1.2 within five steps.
public func orthogonalized(_ x: Tensor, steps: Int) -> Tensor {
  precondition(x.shape.rank == 2, "orthogonalized: expected a matrix, found \(x.shape)")
  let (a, b, c): (Float, Float, Float) = (3.4445, -4.775, 2.0315)
  let isTall = x.shape[0] > x.shape[1]
  var x = x * Float(1 / max(x.sumOfSquares.squareRoot(), 1e-7))
  for _ in 0..<steps {
    // G is symmetric to the bit, so that a product with it is one with its transpose.
    let gram = isTall ? x.transposedProduct(x) : x.linear(x)
    let polynomial = gram * b + gram.linear(gram) * c
    x = x * a + (isTall ? x.linear(polynomial) : polynomial.product(x))
  }
  return x
}
