import NeuralNetworks
import TensorCore
import Testing

@Suite struct AdamTests {
  @Test func agreesWithPyTorch() throws {
    var config = AdamConfig()
    (config.weightDecay, config.decayMatricesOnly) = (0.1, false)
    try OptimizerFixture.expect(Adam(config), "adam_l2", learningRate: 0.01)
    config = AdamConfig()
    config.amsgrad = true
    try OptimizerFixture.expect(Adam(config), "adamw_amsgrad", learningRate: 0.01)
  }

  /// After a gradient of 4 come zeros: with β₂ = 0 Adam's own `v` is then 0, and the largest stays 16,
  /// so that the second step is `η · m / (1 − β₁²) / √16` with `m = β₁ (1 − β₁) · 4`.
  @Test func amsgradRemembersTheLargestSquare() throws {
    var config = AdamConfig()
    (config.beta1, config.beta2, config.amsgrad) = (0.5, 0, true)
    var optimizer = Adam(config)
    var weights = Parameters()
    weights["w"] = Tensor([0])
    for gradient: Float in [4, 0] {
      var gradients = Parameters()
      gradients["w"] = Tensor([gradient])
      optimizer.update(&weights, gradients: gradients, gradientScale: 1, learningRate: 0.25)
    }
    // -0.25 · (2 / 0.5) / 4, then -0.25 · (1 / 0.75) / 4.
    #expect(abs(try #require(weights["w"]).value - (-0.25 - 1.0 / 12)) < 1e-6)
  }
}
