import LanguageModels
import NeuralNetworks
import Randomness
import TensorCore
import TestSupport
import Testing

/// Law 2: a sequence's figures do not depend on what else is in the batch, nor a step's gradient
/// on its split into micro-batches and the number of threads.
@Suite struct NoNeighboursTests {
  @Test(arguments: SmallModel.allCases, [1, 2]) func logitsAreThoseOfTheSequenceAlone(
    _ small: SmallModel, threads: Int
  ) throws {
    let model = try small.model()
    let sequences = SmallModel.sequences(17, longest: 60, seed: 1)
    let alone = onThreads(1) { sequences.flatMap { model.logits(of: [$0]) } }
    let together = onThreads(threads) { model.logits(of: sequences) }
    let reversed = onThreads(threads) { model.logits(of: sequences.reversed()) }
    #expect(together.map(bits) == alone.map(bits))
    #expect(reversed.reversed().map(bits) == alone.map(bits))
  }

  /// Four prompts with three completions each, and a weight for every token.
  struct Group {
    var prompt: [Int32]
    var completions: [[Int32]]
  }

  static func groups(longest: Int) -> [Group] {
    let all = SmallModel.sequences(16, longest: longest, seed: 2)
    return (0..<4).map { Group(prompt: all[$0], completions: Array(all[4 + 3 * $0..<7 + 3 * $0])) }
  }

  /// The gradient of a weighed sum of log-probabilities and entropies over micro-batches.
  static func gradient(
    of small: SmallModel, _ parameters: Parameters, _ batches: [[Group]],
    trainable: Trainable = .all
  ) throws -> Parameters {
    var weights = Weights()
    weights[.policy] = parameters
    var gradients = Weights()
    var seen = 0
    for batch in batches {
      var packed = PackedTokens()
      for group in batch {
        packed.append(
          prompt: group.prompt,
          continuations: group.completions.map { ($0, $0.map { _ in true }) })
      }
      let tokens = packed
      let factors = Tensor(tokens.targets.indices.map { Float((seen + $0) % 7 - 3) / 50 })
      seen += tokens.targets.count
      try accumulateGradients(of: weights, trainable: [.policy: trainable], into: &gradients) {
        let model = try small.architecture.model(try #require($0[.policy]))
        let statistics = model.statistics(of: tokens, temperature: 0.7)
        let terms = statistics.logProbs * factors + statistics.entropies * 0.01
        return (terms.sum(), ())
      }
    }
    return try #require(gradients[.policy])
  }

  static func expectClose(_ found: Parameters, _ expected: Parameters) throws {
    for name in expected.names {
      let pair = (try #require(found[name]).values, try #require(expected[name]).values)
      let error = relativeError(pair.0.map(Double.init), pair.1.map(Double.init))
      #expect(error <= 1e-6, "\(name)")
    }
  }

  @Test(arguments: [SmallModel.untied, .wide, .adapted]) func splitsBetweenGroupsChangeNoBit(
    _ small: SmallModel
  ) throws {
    let groups = Self.groups(longest: 45)
    let whole = try Self.gradient(of: small, small.parameters, [groups])
    let halves = try Self.gradient(
      of: small, small.parameters, [Array(groups[..<2]), Array(groups[2...])])
    let uneven = try Self.gradient(
      of: small, small.parameters, [[groups[0]], Array(groups[1...])])
    let single = try Self.gradient(of: small, small.parameters, groups.map { [$0] })
    for split in [halves, uneven, single] { #expect(split.isIdentical(to: whole)) }
  }

  /// A split group computes its prompt twice, tied weights take two chains in turn: then the sums
  /// are the same but for rounding, ‖Δ‖₂ ≤ 1e-6 ‖g‖₂ for each tensor.
  @Test(arguments: [SmallModel.untied, .tied, .adapted]) func splitsWithinAGroupOnlyRound(
    _ small: SmallModel
  ) throws {
    let groups = Self.groups(longest: 45)
    let whole = try Self.gradient(of: small, small.parameters, [groups])
    let between = try Self.gradient(of: small, small.parameters, groups.map { [$0] })
    try Self.expectClose(between, whole)
    let within = try Self.gradient(
      of: small, small.parameters,
      groups.flatMap { group in
        group.completions.map { [Group(prompt: group.prompt, completions: [$0])] }
      })
    try Self.expectClose(within, whole)
    #expect(!within.isIdentical(to: whole))
  }

  @Test(arguments: SmallModel.allCases) func threadsChangeNoBit(_ small: SmallModel) throws {
    let groups = Self.groups(longest: 60)
    let one = try onThreads(1) { try Self.gradient(of: small, small.parameters, [groups]) }
    let two = try onThreads(2) { try Self.gradient(of: small, small.parameters, [groups]) }
    let three = try onThreads(3) { try Self.gradient(of: small, small.parameters, [groups]) }
    #expect(two.isIdentical(to: one) && three.isIdentical(to: one))
  }
}
