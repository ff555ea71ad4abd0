import NeuralNetworks
import TensorCore
import Testing

@Suite struct RMSpropTests {
  @Test func agreesWithPyTorch() throws {
    try OptimizerFixture.expect(RMSprop(RMSpropConfig()), "rmsprop", learningRate: 0.01)
    var config = RMSpropConfig()
    (config.alpha, config.epsilon, config.momentum) = (0.9, 1e-6, 0.9)
    (config.centered, config.weightDecay, config.decayMatricesOnly) = (true, 0.01, false)
    try OptimizerFixture.expect(
      RMSprop(config), "rmsprop_centered_momentum", learningRate: 0.005)
  }

  /// The first step from rest is `η g / √((1 − α) g²) = η / √(1 − α)`, whatever the gradient's size.
  @Test(arguments: [Float(1), 1000]) func theFirstStepKnowsNoSize(_ size: Float) throws {
    var config = RMSpropConfig()
    config.alpha = 0.75
    var weights = Parameters()
    weights["w"] = Tensor([1])
    var gradients = Parameters()
    gradients["w"] = Tensor([size])
    var optimizer = RMSprop(config)
    optimizer.update(&weights, gradients: gradients, gradientScale: 1, learningRate: 0.25)
    #expect(abs(try #require(weights["w"]).value - 0.5) < 1e-6)
  }

  /// A gradient that never changes has deviation 0, which rounding must not take below it.
  @Test func aConstantGradientLeavesNumbersFinite() {
    var config = RMSpropConfig()
    (config.centered, config.alpha) = (true, 0.9)
    var weights = Parameters()
    weights["w"] = Tensor([1, 1, 1])
    var gradients = Parameters()
    gradients["w"] = Tensor([0.1, -0.7, 1e-3])
    var optimizer = RMSprop(config)
    for _ in 0..<400 {
      optimizer.update(&weights, gradients: gradients, gradientScale: 1, learningRate: 1e-9)
    }
    #expect(weights.firstNonFinite == nil)
  }
}
