import NeuralNetworks
import TensorCore
import TestSupport
import Testing

@Suite struct AdamWTests {
  struct File: Decodable {
    struct Tensors: Decodable {
      var matrix: [[Double]]
      var vector: [Double]
      enum CodingKeys: String, CodingKey {
        case matrix = "W"
        case vector = "b"
      }
      var parameters: Parameters { AdamWTests.parameters(matrix, vector) }
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
      var matrix: [[Double]]
      var vector: [Double]
      enum CodingKeys: String, CodingKey {
        case maxNorm, totalNorm
        case matrix = "W"
        case vector = "b"
      }
    }
    var startMatrix: [[Double]]
    var startVector: [Double]
    var grads: [Tensors]
    var cases: Cases
    var clipGradNormFirstGrads: [Clipped]
    enum CodingKeys: String, CodingKey {
      case grads, cases, clipGradNormFirstGrads
      case startMatrix = "W0"
      case startVector = "b0"
    }
    var start: Parameters { AdamWTests.parameters(startMatrix, startVector) }
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
    var weights = file.start
    for (gradients, expected) in zip(file.grads, golden.afterStep) {
      optimizer.update(
        &weights, gradients: gradients.parameters, gradientScale: 1,
        learningRate: decaying ? 0.003 : 0.01)
      try Self.expectClose(weights, expected.parameters)
    }
  }

  @Test func clippingAgreesWithPyTorch() throws {
    let file = try Self.file()
    let gradients = file.grads[0].parameters
    let norm = gradientNorm(gradients)
    for golden in file.clipGradNormFirstGrads {
      #expect(abs(norm - golden.totalNorm) <= 1e-6)
      let scale = clippingScale(norm: norm, limit: golden.maxNorm)
      #expect((scale == 1) == (golden.maxNorm > norm))
      var scaled = gradients
      for name in scaled.names { scaled[name] = scaled[name].map { $0 * scale } }
      try Self.expectClose(scaled, Self.parameters(golden.matrix, golden.vector))
    }
    #expect(clippingScale(norm: 7, limit: 0) == 1)
  }

  /// Scaling inside the update is scaling the gradient before it: powers of two change no bit.
  @Test func theGradientIsScaledFirst() throws {
    let file = try Self.file()
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

  /// Saved after five steps, written as bytes and read again: the last five give the same bits.
  @Test func stateGoesThroughAFile() throws {
    let file = try Self.file()
    var weights = file.start
    var optimizer = AdamW(AdamWConfig())
    for gradients in file.grads.prefix(5) {
      optimizer.update(
        &weights, gradients: gradients.parameters, gradientScale: 1,
        learningRate: 0.01)
    }
    var resumed = AdamW(AdamWConfig())
    resumed.state = try Parameters(safetensors: optimizer.state.safetensorsBytes)
    var resumedWeights = try Parameters(safetensors: weights.safetensorsBytes)
    for gradients in file.grads.dropFirst(5) {
      let gradients = gradients.parameters
      optimizer.update(&weights, gradients: gradients, gradientScale: 1, learningRate: 0.01)
      resumed.update(&resumedWeights, gradients: gradients, gradientScale: 1, learningRate: 0.01)
    }
    #expect(resumedWeights.isIdentical(to: weights))
    #expect(resumed.state.isIdentical(to: optimizer.state))
  }

  /// A snapshot taken before the update keeps its values, though it shared the memory.
  @Test func aSnapshotDoesNotMove() throws {
    let file = try Self.file()
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
