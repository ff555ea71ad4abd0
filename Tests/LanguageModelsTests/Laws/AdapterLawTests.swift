import LanguageModels
import NeuralNetworks
import Randomness
import TensorCore
import Testing

/// What an adapter leaves as it is. (The laws themselves are tested on an adapted model too.)
@Suite struct AdapterLawTests {
  private let sequences = SmallModel.sequences(9, longest: 60, seed: 11)

  /// `B = 0` adds nothing: the fresh adapter is the model with its adapter off, bit for bit.
  @Test func aFreshAdapterIsTheBase() throws {
    let adapted = SmallModel.adapted.architecture
    let fresh = adapted.freshParameters(from: RandomStream(seed: 7))
    #expect(fresh.areAdaptersZero && !SmallModel.adapted.parameters.areAdaptersZero)
    #expect(fresh.withoutAdapters.isIdentical(to: SmallModel.untied.parameters))
    let on = try adapted.model(fresh).logits(of: sequences)
    let off = try adapted.withoutAdapter.model(fresh).logits(of: sequences)
    let base = try SmallModel.untied.model().logits(of: sequences)
    #expect(on.map(bits) == base.map(bits) && off.map(bits) == base.map(bits))
    let moved = try SmallModel.adapted.model().logits(of: sequences)
    #expect(largestDifference(moved.flatMap { $0 }, base.flatMap { $0 }) > 0.1)
  }

  /// Freezing the base changes no bit of the adapters' gradient, and gives the base none.
  @Test func theBaseIsNeverWatched() throws {
    let small = SmallModel.adapted
    let groups = [NoNeighboursTests.groups(longest: 45)]
    let all = try NoNeighboursTests.gradient(of: small, small.parameters, groups)
    let own = try NoNeighboursTests.gradient(
      of: small, small.parameters, groups, trainable: .adapters)
    #expect(own.isIdentical(to: all.adapters))
    // Seven layers a block, two blocks, A and B.
    #expect(own.names.count == 28 && own.names.allSatisfy { gradientNorm(all, $0) > 0 })
  }

  /// The sums of `W + scale · B A` and of `W x + scale · B (A x)` differ by rounding alone.
  @Test func mergingComputesTheSame() throws {
    let small = SmallModel.adapted
    let (architecture, merged) = small.architecture.merged(small.parameters)
    #expect(architecture.adapter == nil && merged.names == SmallModel.untied.parameters.names)
    let logits = try architecture.model(merged).logits(of: sequences).flatMap { $0 }
    let unmerged = try small.model().logits(of: sequences).flatMap { $0 }
    let largest = unmerged.reduce(0) { max($0, abs($1)) }
    let share = largestDifference(logits, unmerged) / largest
    #expect(share > 0 && share <= 1e-5)
  }

  private func gradientNorm(_ gradients: Parameters, _ name: String) -> Double {
    gradients[name]?.sumOfSquares ?? 0
  }
}
