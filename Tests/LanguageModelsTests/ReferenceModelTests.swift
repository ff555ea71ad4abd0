import LanguageModels
import NeuralNetworks
import Randomness
import TensorCore
import TestSupport
import Testing

/// The Llama checkpoints of the fixtures against what transformers computes; tolerances are those
/// of the fixtures' README.
@Suite struct ReferenceModelTests {
  @Test(arguments: ReferenceModel.names) func logitsAgree(_ name: String) throws {
    let reference = try ReferenceModel(name)
    let logits = try reference.model().logits(of: try reference.integers("input_ids"))
    #expect(largestDifference(logits.flatMap { $0 }, try reference.floats("logits")) <= 1e-4)
  }

  /// The padding of the reference's rows is left out here, and only there.
  @Test(arguments: ReferenceModel.names) func paddedRowsAgreeWithoutPadding(_ name: String) throws {
    let reference = try ReferenceModel(name)
    let padded = try reference.integers("leftpad_input_ids")
    let masks = try reference.integers("leftpad_attention_mask")
    let expected = try reference.floats("leftpad_logits")
    let starts = masks.map { mask in mask.firstIndex(of: 1) ?? 0 }
    #expect(starts.contains { $0 > 0 })
    let model = try reference.model()
    let logits = model.logits(of: zip(padded, starts).map { Array($0[$1...]) })
    let (length, width) = (padded[0].count, model.vocabularySize)
    for (row, start) in starts.enumerated() {
      let rows = expected[(row * length + start) * width..<(row + 1) * length * width]
      #expect(largestDifference(logits[row], Array(rows)) <= 1e-4)
    }
  }

  @Test(arguments: ReferenceModel.names) func logProbsAndLossAgree(_ name: String) throws {
    let reference = try ReferenceModel(name)
    var packed = PackedTokens()
    for sequence in try reference.integers("input_ids") { packed.append(whole: sequence) }
    let logProbs = try reference.model().statistics(of: packed, temperature: 1).logProbs.values
    #expect(largestDifference(logProbs, try reference.floats("token_logprobs")) <= 1e-4)
    let loss = -logProbs.map(Double.init).reduce(0, +) / Double(logProbs.count)
    #expect(abs(loss - Double(try reference.floats("loss")[0])) <= 1e-5)
  }

  @Test(arguments: ReferenceModel.names) func greedyTokensAgree(_ name: String) throws {
    let reference = try ReferenceModel(name)
    let model = try reference.model()
    let expected = try reference.integers("greedy_ids")[0]
    let prompt = try reference.integers("greedy_prompt")[0]
    var conversations = [Decoding(prompt: prompt, for: model)]
    let sampler = Sampler(
      .greedy, maximumTokens: expected.count - prompt.count, stop: StopRule(sequences: []))
    sampler.extend(&conversations, with: model, streams: [RandomStream(seed: 0)])
    #expect(conversations[0].tokens == expected)
    #expect(conversations[0].finishes == [.length])
    // All margins are above 1e-4: no step is allowed to differ.
    #expect(try reference.floats("greedy_margin").allSatisfy { $0 > 1e-4 })
  }

  /// `|Δ| ≤ 1e-4 + 1e-3 |reference|` for every element of every weight.
  @Test(arguments: ReferenceModel.withGradients) func gradientsAgree(_ name: String) throws {
    let reference = try ReferenceModel(name)
    let expected = try ReferenceModel.file("models/\(name)/reference_grads.safetensors")
    var packed = PackedTokens()
    for sequence in try reference.integers("input_ids") { packed.append(whole: sequence) }
    let tokens = packed
    var weights = Weights()
    weights[.policy] = reference.parameters
    var gradients = Weights()
    try accumulateGradients(of: weights, trainable: [.policy: .all], into: &gradients) { weights in
      let model = try reference.architecture.model(try #require(weights[.policy]))
      let logProbs = model.statistics(of: tokens, temperature: 1).logProbs
      return (logProbs.sum() * (-1 / Float(logProbs.count)), ())
    }
    let found = try #require(gradients[.policy])
    #expect(found.names.count == expected.header.entries.count)
    for name in found.names {
      let pairs = zip(
        try #require(found[name]).values, try expected.tensor(name).values)
      #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-4 + 1e-3 * abs($1) }, "\(name)")
    }
  }
}
