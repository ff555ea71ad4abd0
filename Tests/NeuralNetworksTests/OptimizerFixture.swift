import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// PyTorch's optimizers in float64: a start, ten gradients, and the weights after each step.
struct OptimizerFixture: Decodable {
  struct Tensors: Decodable {
    var matrix: [[Double]]
    /// Muon's cases have none.
    var vector: [Double]?
    enum CodingKeys: String, CodingKey {
      case matrix = "W"
      case vector = "b"
    }
    var parameters: Parameters { OptimizerFixture.parameters(matrix, vector) }
  }
  struct Case: Decodable {
    var afterStep: [Tensors]
    /// Muon without PyTorch's cast to bfloat16.
    var afterStepFloat64Transcription: [Tensors]?
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
    var parameters: Parameters { OptimizerFixture.parameters(matrix, vector) }
  }
  var startMatrix: [[Double]]
  var startVector: [Double]
  var grads: [Tensors]
  var cases: [String: Case]
  var clipGradNormFirstGrads: [Clipped]
  enum CodingKeys: String, CodingKey {
    case grads, cases, clipGradNormFirstGrads
    case startMatrix = "W0"
    case startVector = "b0"
  }

  var start: Parameters { Self.parameters(startMatrix, startVector) }

  static func load() throws -> OptimizerFixture {
    try Fixture.json("optim/optimizers.json", as: OptimizerFixture.self)
  }

  static func parameters(_ w: [[Double]], _ b: [Double]?) -> Parameters {
    var parameters = Parameters()
    parameters["W"] = Tensor(w.flatMap { $0 }.map { Float($0) }, shape: [w.count, w[0].count])
    parameters["b"] = b.map { vector in Tensor(vector.map { Float($0) }) }
    return parameters
  }

  /// Ten steps from the start, after each of which the weights are PyTorch's.
  static func expect(
    _ optimizer: some Optimizer, _ name: String, learningRate: Float, afterStep: [Tensors]? = nil
  ) throws {
    let file = try load()
    let golden = try #require(file.cases[name])
    var (optimizer, weights) = (optimizer, file.start)
    for (gradients, expected) in zip(file.grads, afterStep ?? golden.afterStep) {
      optimizer.update(
        &weights, gradients: gradients.parameters, gradientScale: 1, learningRate: learningRate)
      try expectClose(weights, expected.parameters)
    }
  }

  /// Within 1e-5 of PyTorch's float64, or 1e-6 where weights are near 0.
  static func expectClose(
    _ found: Parameters, _ expected: Parameters, relative: Float = 1e-5, absolute: Float = 1e-6
  ) throws {
    for name in expected.names {
      let pairs = zip(try #require(found[name]).values, try #require(expected[name]).values)
      #expect(pairs.allSatisfy { abs($0 - $1) <= absolute + relative * abs($1) }, "\(name)")
    }
  }
}
