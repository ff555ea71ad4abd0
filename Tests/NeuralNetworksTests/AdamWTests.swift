import NeuralNetworks
import TensorCore
import TestSupport
import Testing

@Suite struct AdamWTests {
  struct File: Decodable {
    struct Tensors: Decodable {
      var W: [[Double]]
      var b: [Double]
    }
    struct Case: Decodable {
      var afterStep: [Tensors]
    }
    struct Cases: Decodable {
      var plain, decaying: Case
      enum CodingKeys: String, CodingKey {
        case plain = "adamw"
        case decaying = "adamwB95Wd0.1"
      }
    }
    struct Clipped: Decodable {
      var maxNorm, totalNorm: Double
      var W: [[Double]]
      var b: [Double]
    }
    var W0: [[Double]]
    var b0: [Double]
    var grads: [Tensors]
    var cases: Cases
    var clipGradNormFirstGrads: [Clipped]
  }

  static func file() throws -> File {
    try Fixture.json("optim/optimizers.json", as: File.self)
  }

  static func parameters(_ w: [[Double]], _ b: [Double]) -> Parameters {
    var parameters = Parameters()
    parameters["W"] = Tensor(w.flatMap { $0 }.map { Float($0) }, shape: [w.count, w[0].count])
    parameters["b"] = Tensor(b.map { Float($0) })
    return parameters
  }

  static func config(beta2: Double, epsilon: Double, decay: Double) -> AdamWConfig {
    var config = AdamWConfig()
    (config.beta2, config.epsilon, config.weightDecay) = (beta2, epsilon, decay)
    config.decayMatricesOnly = false
    return config
  }

  static func expectClose(_ found: Parameters, _ expected: Parameters) throws {
    for name in ["W", "b"] {
      let pairs = zip(try #require(found[name]).values, try #require(expected[name]).values)
      #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-6 + 1e-5 * abs($1) }, "\(name)")
    }
  }

  /// After each of ten steps, within 1e-5 of PyTorch's float64 (or 1e-6 where weights are near 0).
  @Test(arguments: [false, true]) func agreesWithPyTorch(decaying: Bool) throws {
    let file = try Self.file()
    let golden = decaying ? file.cases.decaying : file.cases.plain
    var optimizer =
      decaying
      ? AdamW(Self.config(beta2: 0.95, epsilon: 1e-6, decay: 0.1))
      : AdamW(Self.config(beta2: 0.999, epsilon: 1e-8, decay: 0.01))
    var weights = Self.parameters(file.W0, file.b0)
    for (gradients, expected) in zip(file.grads, golden.afterStep) {
      optimizer.update(
        &weights, gradients: Self.parameters(gradients.W, gradients.b), gradientScale: 1,
        learningRate: decaying ? 0.003 : 0.01)
      try Self.expectClose(weights, Self.parameters(expected.W, expected.b))
    }
  }

  @Test func clippingAgreesWithPyTorch() throws {
    let file = try Self.file()
    let gradients = Self.parameters(file.grads[0].W, file.grads[0].b)
    let norm = gradientNorm(gradients)
    for golden in file.clipGradNormFirstGrads {
      #expect(abs(norm - golden.totalNorm) <= 1e-6)
      let scale = clippingScale(norm: norm, limit: golden.maxNorm)
      #expect((scale == 1) == (golden.maxNorm > norm))
      var scaled = gradients
      for name in scaled.names { scaled[name] = scaled[name].map { $0 * scale } }
      try Self.expectClose(scaled, Self.parameters(golden.W, golden.b))
    }
    #expect(clippingScale(norm: 7, limit: 0) == 1)
  }

  /// Scaling inside the update is scaling the gradient before it: powers of two change no bit.
  @Test func theGradientIsScaledFirst() throws {
    let file = try Self.file()
    let start = Self.parameters(file.W0, file.b0)
    let gradients = Self.parameters(file.grads[0].W, file.grads[0].b)
    var halved = gradients
    for name in halved.names { halved[name] = halved[name].map { $0 * 0.5 } }
    var (one, other) = (start, start)
    var (a, b) = (AdamW(AdamWConfig()), AdamW(AdamWConfig()))
    a.update(&one, gradients: gradients, gradientScale: 0.5, learningRate: 0.01)
    b.update(&other, gradients: halved, gradientScale: 1, learningRate: 0.01)
    #expect(one.isIdentical(to: other))
    #expect(!one.isIdentical(to: start))
  }

  /// Saved after five steps, written as bytes and read again: the last five give the same bits.
  @Test func stateGoesThroughAFile() throws {
    let file = try Self.file()
    var weights = Self.parameters(file.W0, file.b0)
    var optimizer = AdamW(AdamWConfig())
    for gradients in file.grads.prefix(5) {
      optimizer.update(
        &weights, gradients: Self.parameters(gradients.W, gradients.b), gradientScale: 1,
        learningRate: 0.01)
    }
    var resumed = AdamW(AdamWConfig())
    resumed.state = try Parameters(safetensors: optimizer.state.safetensorsBytes)
    var resumedWeights = try Parameters(safetensors: weights.safetensorsBytes)
    for gradients in file.grads.dropFirst(5) {
      let gradients = Self.parameters(gradients.W, gradients.b)
      optimizer.update(&weights, gradients: gradients, gradientScale: 1, learningRate: 0.01)
      resumed.update(&resumedWeights, gradients: gradients, gradientScale: 1, learningRate: 0.01)
    }
    #expect(resumedWeights.isIdentical(to: weights))
    #expect(resumed.state.isIdentical(to: optimizer.state))
  }

  /// A snapshot taken before the update keeps its values, though it shared the memory.
  @Test func aSnapshotDoesNotMove() throws {
    let file = try Self.file()
    var weights = Self.parameters(file.W0, file.b0)
    let snapshot = weights
    var optimizer = AdamW(AdamWConfig())
    optimizer.update(
      &weights, gradients: Self.parameters(file.grads[0].W, file.grads[0].b), gradientScale: 1,
      learningRate: 0.01)
    #expect(snapshot.isIdentical(to: Self.parameters(file.W0, file.b0)))
    #expect(!snapshot.isIdentical(to: weights))
  }

  /// Norms of checkpoint order and of forward order agree to the bit, or a resumed run would not.
  @Test func theNormDoesNotDependOnTheOrderOfNames() {
    var forward = Parameters()
    for index in 0..<40 {
      forward["\(index * 7 % 40)"] = Tensor((0..<7).map { 1 / Float(index * 7 + $0 + 1) })
    }
    var sorted = Parameters()
    for name in forward.names.sorted() { sorted[name] = forward[name] }
    #expect(gradientNorm(forward).bitPattern == gradientNorm(sorted).bitPattern)
  }
}
