import LanguageModels
import NeuralNetworks
import TensorCore
import TestSupport
import Testing

/// A model's last block works on the rows that somebody reads, and that changes no bit.
@Suite struct ReadRowsTests {
  typealias Marks = @Sendable (_ sequence: Int, _ token: Int) -> Bool

  /// Which tokens of sequence `s` are scored.
  static let marks: [(name: String, isScored: Marks)] = [
    ("all", { _, _ in true }),
    ("the first ones", { _, token in token == 0 }),
    ("the later ones", { _, token in token > 0 }),
    ("every third", { sequence, token in (sequence + token) % 3 == 0 }),
    ("those of every other sequence", { sequence, _ in sequence % 2 == 1 }),
    ("those of one sequence", { sequence, _ in sequence == 7 }),
    ("none", { _, _ in false }),
  ]

  /// The log-probabilities of the tokens that are marked and the gradient of their weighed sum,
  /// where those that `isScored` are scored and the others weigh nothing.
  private static func result(
    of small: SmallModel, marks: Marks, isScored: Marks
  ) throws -> (logProbs: [Float], gradient: Parameters, hiddenRows: Int) {
    var packed = PackedTokens()
    var factors: [Float] = []
    for group in NoNeighboursTests.groups(longest: 20) {
      let first = packed.sequences
      packed.append(
        prompt: group.prompt,
        continuations: group.completions.enumerated().map { place, tokens in
          (tokens, tokens.indices.map { isScored(first + place, $0) })
        })
      for (place, tokens) in group.completions.enumerated() {
        for token in tokens.indices where isScored(first + place, token) {
          let isMarked = marks(first + place, token)
          factors.append(isMarked ? Float((5 * place + token) % 7 - 3) / 50 + 0.001 : 0)
        }
      }
    }
    let (tokens, weights) = (packed, Tensor(factors))
    var policy = Weights()
    policy[.policy] = small.parameters
    var gradients = Weights()
    let logProbs = try accumulateGradients(
      of: policy, trainable: [.policy: .all], into: &gradients
    ) {
      let model = try small.architecture.model(try #require($0[.policy]))
      let logProbs = model.statistics(of: tokens, temperature: 1).logProbs
      return ((logProbs * weights).sum(), logProbs.values)
    }
    return (
      zip(logProbs, factors).filter { $1 != 0 }.map(\.0), try #require(gradients[.policy]),
      packed.hiddenRows
    )
  }

  @Test(arguments: SmallModel.allCases) func unreadRowsChangeNoBit(_ small: SmallModel) throws {
    var most = Int.max
    for (name, marks) in Self.marks {
      let read = try Self.result(of: small, marks: marks, isScored: marks)
      let all = try Self.result(of: small, marks: marks) { _, _ in true }
      #expect(bits(read.logProbs) == bits(all.logProbs), "\(name)")
      for tensor in all.gradient.names {
        // == holds for 0 and -0, which a chain of zeros may end in: any other bit counts.
        #expect(read.gradient[tensor]?.values == all.gradient[tensor]?.values, "\(name): \(tensor)")
      }
      if name == "all" { most = read.hiddenRows } else { #expect(read.hiddenRows < most) }
    }
  }

  /// "ab" and its continuations "cde" and "f": the prompt's last row predicts c and f.
  @Test func hiddenRowsAreCounted() {
    var packed = PackedTokens()
    packed.append(
      prompt: [0, 1], continuations: [([2, 3, 4], [true, true, true]), ([5], [true])])
    #expect(packed.targetRows == [0, 1, 2, 0])
    packed.append(prompt: [0, 1], continuations: [([2, 3, 4, 5], [false, false, true, true])])
    #expect(packed.targetRows == [0, 1, 2, 0, 3, 4])
    #expect(packed.hiddenRows == 5)
    #expect(packed.append(prompt: [0, 1], wholes: [[2, 3], [], [4]]) == [6, 5, 7])
    #expect(packed.append(prompt: [0], wholes: [[1, 2, 3], [4]], readFrom: [1, 0]) == [9, 10])
    #expect(packed.hiddenRows == 11)
    #expect(PackedTokens(rows: [[1, 2], [3]]).hiddenRows == 3)
    #expect(PackedTokens(lastOf: [[1, 2], [3]]).hiddenRows == 2)
  }
}
