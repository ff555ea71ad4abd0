import NeuralNetworks
import TensorCore
import Testing

@Suite struct SGDTests {
  private static func config(
    momentum: Double = 0, dampening: Double = 0, nesterov: Bool = false, decay: Double = 0
  ) -> SGDConfig {
    var config = SGDConfig()
    (config.momentum, config.dampening) = (momentum, dampening)
    (config.nesterov, config.weightDecay) = (nesterov, decay)
    config.decayMatricesOnly = false
    return config
  }

  @Test func agreesWithPyTorch() throws {
    try OptimizerFixture.expect(SGD(Self.config()), "sgd", learningRate: 0.1)
    try OptimizerFixture.expect(
      SGD(Self.config(momentum: 0.9, decay: 0.01)), "sgd_momentum", learningRate: 0.05)
    try OptimizerFixture.expect(
      SGD(Self.config(momentum: 0.9, nesterov: true)), "sgd_nesterov", learningRate: 0.05)
    try OptimizerFixture.expect(
      SGD(Self.config(momentum: 0.9, dampening: 0.1)), "sgd_dampening", learningRate: 0.05)
  }

  /// Two steps of gradient 1 at rate ½ and momentum ½: the velocity is 1, then 1½.
  @Test func velocityGathers() {
    var weights = Parameters()
    weights["w"] = Tensor([2])
    var gradients = Parameters()
    gradients["w"] = Tensor([1])
    var optimizer = SGD(Self.config(momentum: 0.5))
    optimizer.update(&weights, gradients: gradients, gradientScale: 1, learningRate: 0.5)
    #expect(weights["w"]?.values == [1.5])
    optimizer.update(&weights, gradients: gradients, gradientScale: 1, learningRate: 0.5)
    #expect(weights["w"]?.values == [0.75])
  }

  /// Without momentum there is nothing to look ahead along, and nothing to dampen.
  @Test func keysThatNothingReadsAreRefused() {
    #expect(throws: (any Error).self) { try Self.config(nesterov: true).validate() }
    #expect(throws: (any Error).self) { try Self.config(dampening: 0.1).validate() }
    #expect(throws: (any Error).self) {
      try Self.config(momentum: 0.9, dampening: 0.1, nesterov: true).validate()
    }
  }
}
