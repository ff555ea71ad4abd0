import LanguageModels
import NeuralNetworks
import Platform
import Randomness
import TensorCore
import Testing

/// SHA-256 of what a small model computes: the same in every build, for AVX2 and AVX-512.
///
/// A change of these is a change of every run's bits, and has to be meant.
@Suite struct CommittedHashTests {
  static func hash(_ parameters: Parameters) -> String {
    var hash = SHA256()
    for name in parameters.names {
      hash.update(Array(name.utf8))
      hash.update(parameters[name]?.littleEndianBytes ?? [])
    }
    return hash.hexDigest()
  }

  struct Golden: Sendable, CustomTestStringConvertible {
    var model: SmallModel
    var weights, logits, gradients, trained: String
    var testDescription: String { model.rawValue }
  }

  static let committed = [
    Golden(
      model: .untied,
      weights: "9ba1949adc0d811ebb577c8244bc0de5bf92bf6fb70c73f2833eb508ecce5975",
      logits: "55272a73bd1e7963428eef70e5120e147bd3dfe8ce1d5eba87628c38951243ae",
      gradients: "b1e59d3c0b08b989f8d024be38e2615c9fe47e65a69766c08ee418e5658dad51",
      trained: "89f7b5f6c3c189a7f595b429e559a9b400bc6289b9c118962d514662d59d357f"),
    Golden(
      model: .tied,
      weights: "59231220486ee9ce79ff3150af7edc3439c46400f73e1aeea707deaa46ebeec9",
      logits: "83319ef6b86304fd582e8e9751718c1ff18203f0d0aea3ea4f30f54efe828278",
      gradients: "cc87324236ee8a2c05409f77f59fec2903df00358b7860d324b3e70918d50e72",
      trained: "c839a44b584c458f56431417119e673e224b816320476fe47d706ecca2fd3bc4"),
  ]

  /// Fresh weights, logits of nine sequences, a gradient, and the weights after 20 AdamW steps.
  @Test(arguments: committed) func bitsAreTheCommittedOnes(_ golden: Golden) throws {
    let small = golden.model
    var parameters = small.parameters
    #expect(Self.hash(parameters) == golden.weights)
    let sequences = SmallModel.sequences(9, longest: 60, seed: 11)
    var logits = Parameters()
    logits["logits"] = Tensor(try small.model().logits(of: sequences).flatMap { $0 })
    #expect(Self.hash(logits) == golden.logits)
    let groups = NoNeighboursTests.groups(longest: 45)
    let gradients = try NoNeighboursTests.gradient(of: small, parameters, [groups])
    #expect(Self.hash(gradients) == golden.gradients)
    var config = AdamWConfig()
    config.weightDecay = 0.01
    var optimizer = AdamW(config)
    for _ in 0..<20 {
      let gradients = try NoNeighboursTests.gradient(of: small, parameters, [groups])
      let norm = gradientNorm(gradients)
      optimizer.update(
        &parameters, gradients: gradients,
        gradientScale: clippingScale(norm: norm, limit: 0.5), learningRate: 0.003)
    }
    #expect(parameters.firstNonFinite == nil)
    #expect(Self.hash(parameters) == golden.trained)
  }
}
