import Configuration

/// The keys that every optimizer has, beside its own.
public protocol OptimizerConfig: ConfigBlock {
  /// The highest rate of the schedule.
  var learningRate: Double { get }
  /// Gradients are scaled down to this norm; 0 is off.
  var maxGradNorm: Double { get }
  var schedule: Variant<ScheduleCatalog> { get }
  func makeOptimizer() -> any Optimizer
}

extension KeyDescription {
  static let learningRate = KeyDescription(
    "learning_rate", "the highest rate of the schedule", "0...")
  static let beta1 = KeyDescription("beta1", "decay of the mean of the gradient", "0..<1")
  static let beta2 = KeyDescription("beta2", "decay of the mean of its square", "0..<1")
  static let maxGradNorm = KeyDescription(
    "max_grad_norm", "gradients are scaled down to this norm; 0 is off", "0...")
  static let schedule = KeyDescription(
    "schedule", "the rate of each step as a share of learning_rate")
}

/// The optimizers that a configuration may choose: one file each, and one line here.
public enum OptimizerCatalog: VariantCatalog {
  public static let entries: [(name: String, block: any ConfigBlock.Type)] = [
    ("adamw", AdamWConfig.self),
    ("adam", AdamConfig.self),
    ("sgd", SGDConfig.self),
    ("rmsprop", RMSpropConfig.self),
    ("muon", MuonConfig.self),
  ]
  public static let standard = "adamw"
}

extension Variant where Catalog == OptimizerCatalog {
  /// AdamW with numbers of a stage's own for defaults.
  public static func adamW(
    learningRate: Double = 1e-3, beta1: Double = 0.9, beta2: Double = 0.999
  ) -> Variant {
    var config = AdamWConfig()
    (config.learningRate, config.beta1, config.beta2) = (learningRate, beta1, beta2)
    return Variant("adamw", config)
  }

  /// The chosen optimizer's keys.
  public var config: any OptimizerConfig {
    guard let config = block as? any OptimizerConfig else {
      preconditionFailure("OptimizerCatalog: \(type) is not an optimizer")
    }
    return config
  }
}
