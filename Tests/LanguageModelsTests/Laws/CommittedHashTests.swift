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
      weights: "1abb7b3066bcac21ecd72bb9211a06b251cf495b61384f5ed45c5e93bfb219a2",
      logits: "55272a73bd1e7963428eef70e5120e147bd3dfe8ce1d5eba87628c38951243ae",
      gradients: "f8847b3ef2ab55c214ce981dec926641231827252bac97935687ce79d609ceed",
      trained: "465052b8c2146d304f0a1d1a46ba849f39a877d88631053113f9a4daa312dc16"),
    Golden(
      model: .tied,
      weights: "26de8ccb6702513b7da2bfb7ed92e9233d1835b22b1aea367fcad502f8fbd3ee",
      logits: "83319ef6b86304fd582e8e9751718c1ff18203f0d0aea3ea4f30f54efe828278",
      gradients: "ef6f60e0ac4068b44e529295620bd14958d5d3333b9b415cd7956b06a348b116",
      trained: "daecc02dd4362c88d3fe827d7faa7aa8bbf98b09aed40c1f682f9c700eb28d6f"),
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
