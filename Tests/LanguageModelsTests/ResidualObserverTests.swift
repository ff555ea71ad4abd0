import LanguageModels
import NeuralNetworks
import TensorCore
import Testing

@Suite struct ResidualObserverTests {
  /// The stream is shown as each block leaves it: `N × D`, layer after layer, and at the end the rows
  /// that are read; nothing else changes.
  @Test(arguments: SmallModel.allCases) func everyBlockIsShownOnce(_ small: SmallModel) throws {
    let model = try small.model()
    var packed = PackedTokens()
    for sequence in SmallModel.sequences(3, longest: 9, seed: 2) { packed.append(whole: sequence) }
    packed.append(prompt: [1, 2, 3, 4], continuations: [([5, 6], [true, true])])
    var seen: [(layer: Int, stream: Tensor)] = []
    let hidden = model.hiddenStates(of: packed) { seen.append(($0, $1)) }
    #expect(seen.map(\.layer) == Array(0..<model.layerCount))
    let norm = try #require(small.parameters["model.norm.weight"])
    let shapes = [packed.tokens.count, packed.hiddenRows].map { [$0, norm.count] as Shape }
    #expect(seen.map(\.stream.shape) == shapes)
    #expect(hidden.shape == shapes[1])
    #expect(bits(hidden.values) == bits(model.hiddenStates(of: packed).values))
    // The final norm stands between the last block and the head.
    let last = try #require(seen.last).stream.rmsNorm(norm, epsilon: 1e-5)
    #expect(bits(last.values) == bits(hidden.values))
  }
}
