import LanguageModels
import NeuralNetworks
import TensorCore
import Testing

@Suite struct ResidualObserverTests {
  /// The stream is shown as each block leaves it: `N × D`, layer after layer; nothing else changes.
  @Test(arguments: SmallModel.allCases) func everyBlockIsShownOnce(_ small: SmallModel) throws {
    let model = try small.model()
    var packed = PackedTokens()
    for sequence in SmallModel.sequences(3, longest: 9, seed: 2) { packed.append(whole: sequence) }
    var seen: [(layer: Int, stream: Tensor)] = []
    let hidden = model.hiddenStates(of: packed) { seen.append(($0, $1)) }
    #expect(seen.map(\.layer) == Array(0..<model.layerCount))
    #expect(seen.allSatisfy { $0.stream.shape == hidden.shape })
    #expect(bits(hidden.values) == bits(model.hiddenStates(of: packed).values))
    // The final norm stands between the last block and the head.
    let norm = try #require(small.parameters["model.norm.weight"])
    let last = try #require(seen.last).stream.rmsNorm(norm, epsilon: 1e-5)
    #expect(bits(last.values) == bits(hidden.values))
  }
}
