import NeuralNetworks
import TensorCore
import TestSupport
import Testing

@Suite struct AdamWTests {
  static func config(beta2: Double, epsilon: Double, decay: Double) -> AdamWConfig {
    var config = AdamWConfig()
    (config.beta2, config.epsilon, config.weightDecay) = (beta2, epsilon, decay)
    config.decayMatricesOnly = false
    return config
  }

  /// After each of ten steps, within 1e-5 of PyTorch's float64 (or 1e-6 where weights are near 0).
  @Test(arguments: [false, true]) func agreesWithPyTorch(decaying: Bool) throws {
    let optimizer =
      decaying
      ? AdamW(Self.config(beta2: 0.95, epsilon: 1e-6, decay: 0.1))
      : AdamW(Self.config(beta2: 0.999, epsilon: 1e-8, decay: 0.01))
    try OptimizerFixture.expect(
      optimizer, decaying ? "adamw_b95_wd0.1" : "adamw", learningRate: decaying ? 0.003 : 0.01)
  }

  @Test func clippingAgreesWithPyTorch() throws {
    let file = try OptimizerFixture.load()
    let gradients = file.grads[0].parameters
    let norm = gradientNorm(gradients)
    for golden in file.clipGradNormFirstGrads {
      #expect(abs(norm - golden.totalNorm) <= 1e-6)
      let scale = clippingScale(norm: norm, limit: golden.maxNorm)
      #expect((scale == 1) == (golden.maxNorm > norm))
      var scaled = gradients
      for name in scaled.names { scaled[name] = scaled[name].map { $0 * scale } }
      try OptimizerFixture.expectClose(scaled, golden.parameters)
    }
    #expect(clippingScale(norm: 7, limit: 0) == 1)
  }

  /// Scaling inside the update is scaling the gradient before it: powers of two change no bit.
  @Test func theGradientIsScaledFirst() throws {
    let file = try OptimizerFixture.load()
    let start = file.start
    let gradients = file.grads[0].parameters
    var halved = gradients
    for name in halved.names { halved[name] = halved[name].map { $0 * 0.5 } }
    var (one, other) = (start, start)
    var (a, b) = (AdamW(AdamWConfig()), AdamW(AdamWConfig()))
    a.update(&one, gradients: gradients, gradientScale: 0.5, learningRate: 0.01)
    b.update(&other, gradients: halved, gradientScale: 1, learningRate: 0.01)
    #expect(one.isIdentical(to: other))
    #expect(!one.isIdentical(to: start))
  }

  /// A snapshot taken before the update keeps its values, though it shared the memory.
  @Test func aSnapshotDoesNotMove() throws {
    let file = try OptimizerFixture.load()
    var weights = file.start
    let snapshot = weights
    var optimizer = AdamW(AdamWConfig())
    optimizer.update(
      &weights, gradients: file.grads[0].parameters, gradientScale: 1,
      learningRate: 0.01)
    #expect(snapshot.isIdentical(to: file.start))
    #expect(!snapshot.isIdentical(to: weights))
  }

  /// A group's weights move by its own rate and decay: scale 0 freezes, a decay of 1 at rate ½
  /// halves a weight without gradient.
  @Test func groupsHaveRatesAndDecaysOfTheirOwn() {
    var config = AdamWConfig()
    var frozen = ParameterGroup()
    (frozen.match, frozen.learningRateScale) = (["embed"], 0)
    var shrinking = ParameterGroup()
    (shrinking.match, shrinking.weightDecay) = (["norm", "embed"], 1)
    config.groups = [frozen, shrinking]
    var weights = Parameters()
    weights["embed"] = Tensor([3])
    weights["norm"] = Tensor([3])
    weights["head"] = Tensor([3])
    var gradients = Parameters()
    gradients["embed"] = Tensor([1])
    gradients["norm"] = Tensor([0])
    gradients["head"] = Tensor([0])
    var optimizer = AdamW(config)
    optimizer.update(&weights, gradients: gradients, gradientScale: 1, learningRate: 0.5)
    #expect(weights["embed"]?.values == [3])
    #expect(weights["norm"]?.values == [1.5])
    #expect(weights["head"]?.values == [3])
  }

  /// Norms of checkpoint order and of forward order agree to the bit, or a resumed run would not.
  @Test func theNormDoesNotDependOnTheOrderOfNames() {
    for trial in 1...50 {
      var forward = Parameters()
      for index in 0..<9 {
        forward["\(index * 5 % 9)"] = Tensor(
          (1...7).map { Float(index * 7 + $0 * 5 % 11) / Float(trial * 3) })
      }
      var sorted = Parameters()
      for name in forward.names.sorted() { sorted[name] = forward[name] }
      #expect(gradientNorm(forward).bitPattern == gradientNorm(sorted).bitPattern)
    }
  }
}
