import LanguageModels
import NeuralNetworks
import Randomness
import TensorCore
import TestSupport
import Testing

/// Law 1: the log-probability that the sampler recorded is the training forward's, bit for bit.
@Suite struct OneArithmeticTests {
  struct Form: Sendable, CustomTestStringConvertible {
    var model: SmallModel
    var conversations: Int
    var temperature: Double
    var threads: Int
    /// How many conversations begin with one prompt.
    var groupSize: Int
    var testDescription: String {
      "\(model), \(conversations) by \(groupSize), T \(temperature), \(threads) threads"
    }
  }

  /// Every count with and without shared prompts, at both temperatures, on one thread and two.
  static let forms: [Form] = [1, 3, 16, 64].flatMap { count in
    [
      (.untied, 1.0, 1, 1), (.untied, 0.7, 2, 8), (.tied, 0.7, 1, 1), (.tied, 1.0, 2, 8),
      (.wide, 0.7, 2, 1), (.wide, 1.0, 2, 4), (.wide, 1.0, 1, 8),
      (.adapted, 1.0, 1, 8), (.adapted, 0.7, 2, 1), (.adapted, 1.0, 2, 4),
    ].map { (model: SmallModel, temperature: Double, threads: Int, groupSize: Int) in
      Form(
        model: model, conversations: count, temperature: temperature, threads: threads,
        groupSize: min(count, groupSize))
    }
  }

  static func sampler(_ temperature: Double, tokens: Int) -> Sampler {
    var settings = SamplingConfig()
    settings.temperature = temperature
    return Sampler(settings, maximumTokens: tokens, stop: StopRule(sequences: [[3], [5, 6]]))
  }

  /// Prompts of up to 40 tokens, each for a group; two turns of up to 24, a reply between them.
  static func conversations(_ form: Form, _ model: any LanguageModel) -> [Decoding] {
    let groups = (form.conversations + form.groupSize - 1) / form.groupSize
    let prompts = SmallModel.sequences(groups, longest: 40, seed: 3)
    var starts = prompts.map { Decoding(prompt: $0, for: model) }
    let sampler = sampler(form.temperature, tokens: 24)
    starts.prefill(with: model)
    var all = (0..<form.conversations).map { starts[$0 / form.groupSize] }
    let random = RandomStream(seed: 4)
    sampler.extend(&all, with: model, streams: all.indices.map { random.split("first", $0) })
    for (index, reply) in SmallModel.sequences(all.count, longest: 19, seed: 5).enumerated()
    where index % 3 != 1 {
      all[index].append(reply)
    }
    sampler.extend(&all, with: model, streams: all.indices.map { random.split("second", $0) })
    return all
  }

  static func packed(_ all: [Decoding], promptLengths: [Int], groupSize: Int) -> PackedTokens {
    var packed = PackedTokens()
    for first in stride(from: 0, to: all.count, by: groupSize) {
      let length = promptLengths[first / groupSize]
      packed.append(
        prompt: Array(all[first].tokens[..<length]),
        continuations: all[first..<min(all.count, first + groupSize)].map {
          (Array($0.tokens[length...]), Array($0.isSampled[length...]))
        })
    }
    return packed
  }

  @Test(arguments: forms) func sampledIsTrained(_ form: Form) throws {
    let model = try form.model.model()
    let all = onThreads(form.threads) { Self.conversations(form, model) }
    let groups = (form.conversations + form.groupSize - 1) / form.groupSize
    let lengths = SmallModel.sequences(groups, longest: 40, seed: 3).map(\.count)
    let sampled = all.flatMap { one in
      one.tokens.indices.filter { one.isSampled[$0] }.map { one.logProbs[$0] }
    }
    #expect(sampled.count >= 2 * form.conversations)
    // Packed with their prompts shared, each with its own copy, and one at a time.
    let shared = Self.packed(all, promptLengths: lengths, groupSize: form.groupSize)
    let separate = Self.packed(
      all, promptLengths: all.indices.map { lengths[$0 / form.groupSize] }, groupSize: 1)
    for tokens in [shared, separate] {
      let trained = onThreads(form.threads) {
        model.statistics(of: tokens, temperature: Float(form.temperature)).logProbs.values
      }
      #expect(bits(trained) == bits(sampled))
    }
  }

  @Test func conversationsAreLongAndTurnsTwo() throws {
    let form = Form(model: .untied, conversations: 64, temperature: 1, threads: 1, groupSize: 8)
    let all = Self.conversations(form, try form.model.model())
    #expect(all.allSatisfy { $0.finishes.count == 2 })
    #expect(all.contains { $0.tokens.count > 48 })
    #expect(all.contains { $0.finishes[0] == .stop } && all.contains { $0.finishes[0] == .length })
  }

  /// What is drawn does not depend on who else decodes.
  @Test func tokensDoNotDependOnNeighbours() throws {
    let model = try SmallModel.untied.model()
    let prompts = SmallModel.sequences(20, longest: 30, seed: 8)
    let sampler = Self.sampler(1, tokens: 20)
    let random = RandomStream(seed: 9)
    var together = prompts.map { Decoding(prompt: $0, for: model) }
    sampler.extend(
      &together, with: model, streams: prompts.indices.map { random.split("draw", $0) })
    for (index, prompt) in prompts.enumerated() {
      var alone = [Decoding(prompt: prompt, for: model)]
      sampler.extend(&alone, with: model, streams: [random.split("draw", index)])
      #expect(alone[0].tokens == together[index].tokens)
      #expect(bits(alone[0].logProbs) == bits(together[index].logProbs))
    }
  }

  /// A sampler that adds up its logits from the last product to the first is not exact: these
  /// tests would show it.
  @Test func anotherOrderOfSumsShows() throws {
    let form = Form(model: .untied, conversations: 16, temperature: 1, threads: 1, groupSize: 1)
    let model = try form.model.model()
    let all = Self.conversations(form, model)
    let lengths = SmallModel.sequences(16, longest: 40, seed: 3).map(\.count)
    let packed = Self.packed(all, promptLengths: lengths, groupSize: 1)
    let hidden = model.hiddenStates(of: packed).embedding(packed.targetRows).values
    let head = model.head.weight.values
    let width = model.head.weight.shape[1]
    let foreign = packed.targetTokens.enumerated().map { row, token in
      let logits = (0..<model.vocabularySize).map { column in
        (0..<width).reversed().reduce(Float(0)) {
          $0.addingProduct(hidden[row * width + $1], head[column * width + $1])
        }
      }
      let scores = Tensor(logits, shape: [1, logits.count])
      let one = Tensor(
        (0..<logits.count * logits.count).map { $0 % (logits.count + 1) == 0 ? 1 : 0 },
        shape: [logits.count, logits.count])
      return scores.tokenStatistics(head: one, rows: [0], tokens: [token], temperature: 1)
        .logProbs.value
    }
    let trained = model.statistics(of: packed, temperature: 1).logProbs.values
    let difference = largestDifference(foreign, trained)
    #expect(difference > 0 && difference < 1e-4)
  }
}
