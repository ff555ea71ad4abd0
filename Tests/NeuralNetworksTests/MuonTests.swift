import NeuralNetworks
import Randomness
import TensorCore
import Testing

@Suite struct MuonTests {
  private static func config(_ matchesRMS: Bool) -> MuonConfig {
    var config = MuonConfig()
    config.weightDecay = matchesRMS ? 0.05 : 0.1
    (config.momentum, config.nesterov) = matchesRMS ? (0.9, false) : (0.95, true)
    config.scale = matchesRMS ? .matchRMSAdamW : .original
    config.learningRate = 0.02
    return config
  }

  /// The transcription in float64 to 1e-5; PyTorch itself orthogonalizes in bfloat16: to 2e-2.
  @Test(arguments: [false, true]) func agreesWithPyTorch(matchesRMS: Bool) throws {
    let file = try OptimizerFixture.load()
    let golden = try #require(file.cases[matchesRMS ? "muon_match_rms" : "muon"])
    let transcription = try #require(golden.afterStepFloat64Transcription)
    var (optimizer, weights) = (Muon(Self.config(matchesRMS)), file.start)
    for (step, gradients) in file.grads.enumerated() {
      optimizer.update(
        &weights, gradients: gradients.parameters, gradientScale: 1, learningRate: 0.02)
      try OptimizerFixture.expectClose(weights, transcription[step].parameters)
      try OptimizerFixture.expectClose(
        weights, golden.afterStep[step].parameters, relative: 2e-2, absolute: 2e-2)
    }
  }

  /// What is no hidden matrix moves as AdamW moves it, at the same share of its own rate.
  @Test func allElseIsAdamW() throws {
    var random = RandomStream(seed: 1)
    var weights = Parameters()
    weights["model.embed_tokens.weight"] = .normal([5, 4], standardDeviation: 1, using: &random)
    weights["model.norm.weight"] = .normal([4], standardDeviation: 1, using: &random)
    weights["mlp.weight"] = .normal([4, 4], standardDeviation: 1, using: &random)
    var (gradients, others) = (Parameters(), weights)
    for name in weights.names {
      gradients[name] = .normal(
        try #require(weights[name]).shape, standardDeviation: 1, using: &random)
    }
    var config = MuonConfig()
    config.others.weightDecay = 0.1
    var muon = Muon(config)
    var same = AdamWConfig()
    (same.beta1, same.beta2) = (config.others.beta1, config.others.beta2)
    same.weightDecay = 0.1
    var adamW = AdamW(same)
    for _ in 0..<3 {  // a schedule at a quarter
      muon.update(
        &weights, gradients: gradients, gradientScale: 0.5,
        learningRate: Float(config.learningRate / 4))
      adamW.update(
        &others, gradients: gradients, gradientScale: 0.5,
        learningRate: Float(config.others.learningRate / 4))
    }
    for name in ["model.embed_tokens.weight", "model.norm.weight"] {
      let (a, b) = (try #require(weights[name]), try #require(others[name]))
      #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) <= 1e-7 }, "\(name)")
    }
    #expect(weights["mlp.weight"]?.isIdentical(to: try #require(others["mlp.weight"])) == false)
  }

  /// Wide, square or tall, singular values come to lie between 0.65 and 1.25: every vector is
  /// scaled by about 1 along the shorter side, `0.65² ≤ ‖Xᵀ u‖² ≤ 1.25²` for unit `u`.
  @Test(arguments: [[6, 40], [24, 24], [40, 6]]) func singularValuesComeNearOne(_ sides: [Int])
    throws
  {
    var random = RandomStream(seed: 3)
    let shape: Shape = [sides[0], sides[1]]
    let x = orthogonalized(.normal(shape, standardDeviation: 3, using: &random), steps: 9)
    let gram = sides[0] > sides[1] ? x.transposedProduct(x) : x.linear(x)
    for _ in 0..<20 {
      let u = Tensor.normal([1, min(sides[0], sides[1])], standardDeviation: 1, using: &random)
      let stretched = (u * u.linear(gram)).sum().value / Float(u.sumOfSquares)
      #expect((0.42...1.57).contains(stretched), "\(stretched)")
    }
  }

  /// A tall matrix and its transpose give the same matrix, transposed.
  @Test func sidesDoNotMatter() {
    var random = RandomStream(seed: 4)
    let wide = Tensor.normal([3, 7], standardDeviation: 1, using: &random)
    let identity = Tensor((0..<9).map { $0 % 4 == 0 ? 1 : 0 }, shape: [3, 3])
    let tall = wide.transposedProduct(identity)
    let a = orthogonalized(wide, steps: 5).transposedProduct(identity)
    let b = orthogonalized(tall, steps: 5)
    #expect(zip(a.values, b.values).allSatisfy { abs($0 - $1) < 1e-4 })
  }
}
