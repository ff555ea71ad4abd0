import Configuration
import NeuralNetworks

/// Where the value function lives: one entry a choice.
public enum ValueFunctionCatalog: VariantCatalog {
  public static let entries: [(name: String, block: any ConfigBlock.Type)] = [
    ("separate", SeparateValueFunction.self),
    ("shared", SharedValueFunction.self),
  ]
  public static let standard = "separate"
}

/// A value function on a trunk of its own, which begins as the policy's.
public struct SeparateValueFunction: ConfigBlock {
  public var warmupSteps = 0
  public var optimizer = Variant<OptimizerCatalog>.adamW(learningRate: 5e-4, beta2: 0.99)
  public init() {}

  public static let keys = [
    KeyDescription(
      "warmup_steps", "first steps, in which the value function learns and the policy waits",
      "0..."),
    KeyDescription("optimizer", "how its weights move"),
  ]
}

/// A head beside the policy's own, on one trunk that both losses move.
public struct SharedValueFunction: ConfigBlock {
  public var vfCoef: Double = 0.1
  public init() {}
  public static let keys = [
    KeyDescription("vf_coef", "weight of the value function's loss beside the policy's", ">0")
  ]
}
