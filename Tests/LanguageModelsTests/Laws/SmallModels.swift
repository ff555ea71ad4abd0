import LanguageModels
import NeuralNetworks
import Randomness
import TensorCore

/// Small models of awkward shapes with fixed weights.
enum SmallModel: String, Sendable, CaseIterable {
  /// Grouped-query heads of 12, an own head.
  case untied
  /// The same with the embedding as head.
  case tied
  /// Large enough that operations are shared out among threads.
  case wide
  /// The first with low-rank adapters on every linear layer, which are not 0.
  case adapted

  var architecture: Architecture {
    var config = LlamaConfig()
    (config.hiddenSize, config.intermediateSize) = self == .wide ? (96, 200) : (48, 83)
    (config.numAttentionHeads, config.numKeyValueHeads) = self == .wide ? (6, 3) : (4, 2)
    config.numHiddenLayers = 2
    config.maxPositionEmbeddings = 200
    config.tieWordEmbeddings = self == .tied
    config.initializerRange = 0.2  // sharp enough that tokens differ in probability
    let plain = Architecture(Llama.self, config, vocabulary: 23)
    guard self == .adapted else { return plain }
    var adapter = LoRAConfig()
    (adapter.rank, adapter.useRslora) = (3, true)
    do throws(AdapterTargetError) {
      return try plain.adapted(by: adapter)
    } catch {
      preconditionFailure("\(error)")
    }
  }

  var parameters: Parameters {
    var parameters = architecture.freshParameters(from: RandomStream(seed: 7))
    for name in parameters.names where name.hasSuffix("lora_B.weight") {
      var random = RandomStream(seed: 8).split(name)
      parameters[name] = parameters[name].map {
        .normal($0.shape, standardDeviation: 0.1, using: &random)
      }
    }
    return parameters
  }

  func model() throws -> any LanguageModel { try architecture.model(parameters) }

  /// `count` sequences of 1 to `longest` tokens.
  static func sequences(_ count: Int, longest: Int, seed: UInt64) -> [[Int32]] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { _ in
      (0..<random.integer(in: 1...longest)).map { _ in Int32(random.below(23)) }
    }
  }
}

/// The bits of all floats, for comparing lists exactly.
func bits(_ values: [Float]) -> [UInt32] { values.map(\.bitPattern) }
