import LanguageModels
import NeuralNetworks
import Randomness
import TensorCore
import Testing

@Suite struct BeamSearchTests {
  private static let stop = StopRule(sequences: [[3], [0, 1]])

  /// Over so few tokens that all completions can be listed.
  private static func tinyModel(_ seed: UInt64 = 7) throws -> any LanguageModel {
    var config = LlamaConfig()
    (config.hiddenSize, config.intermediateSize) = (32, 40)
    (config.numAttentionHeads, config.numKeyValueHeads) = (4, 2)
    (config.numHiddenLayers, config.maxPositionEmbeddings) = (2, 40)
    config.initializerRange = 0.2
    let architecture = Architecture(Llama.self, config, vocabulary: 5)
    return try architecture.model(architecture.freshParameters(from: RandomStream(seed: seed)))
  }

  private static func prompts(_ count: Int, below vocabulary: Int) -> [[Int32]] {
    var random = RandomStream(seed: 1)
    return (0..<count).map { _ in
      (0..<random.integer(in: 1...9)).map { _ in Int32(random.below(vocabulary)) }
    }
  }

  private func decoded(
    _ decoder: any TurnDecoder, _ prompts: [[Int32]], _ model: any LanguageModel
  ) -> [Decoding] {
    var all = prompts.map { Decoding(prompt: $0, for: model) }
    decoder.extend(&all, with: model, streams: prompts.map { _ in RandomStream(seed: 0) })
    return all
  }

  private func beam(_ width: Int, _ tokens: Int, penalty: Double = 0) -> BeamSearch {
    BeamSearch(width: width, lengthPenalty: penalty, maximumTokens: tokens, stop: Self.stop)
  }

  /// Tokens, log-probabilities to the bit, ends, and what it took.
  @Test(arguments: [0, 1.0]) func aBeamOfOneIsGreedy(penalty: Double) throws {
    let model = try SmallModel.untied.model()
    let prompts = Self.prompts(40, below: 23)
    let greedy = decoded(
      Sampler(.greedy, maximumTokens: 12, stop: Self.stop), prompts, model)
    let beams = decoded(beam(1, 12, penalty: penalty), prompts, model)
    for (one, other) in zip(beams, greedy) {
      #expect(one.tokens == other.tokens && one.isSampled == other.isSampled)
      #expect(bits(one.logProbs) == bits(other.logProbs))
      #expect(one.finishes == other.finishes && one.cost == other.cost)
    }
    #expect(Set(beams.map(\.finishes)) == [[.stop], [.length]])
  }

  /// All completions of at most 4 of 5 tokens, with the training forward's log-probabilities.
  private func completions(
    after prompt: [Int32], _ model: any LanguageModel
  ) -> [(tokens: [Int32], logProb: Double)] {
    var open: [[Int32]] = [[]]
    var ended: [[Int32]] = []
    for _ in 0..<4 {
      let longer = open.flatMap { prefix in (0..<Int32(5)).map { prefix + [$0] } }
      let isEnded = { (tokens: [Int32]) in
        tokens.last == 3 || tokens.suffix(2) == [0, 1] || tokens.count == 4
      }
      ended += longer.filter(isEnded)
      open = longer.filter { !isEnded($0) }
    }
    var packed = PackedTokens()
    packed.append(
      prompt: prompt, continuations: ended.map { ($0, $0.map { _ in true }) })
    var sums = ended.map { _ in 0.0 }
    let logProbs = model.statistics(of: packed, temperature: 1).logProbs.values
    for (target, logProb) in zip(packed.targets, logProbs) {
      sums[Int(target.sequence)] += Double(logProb)
    }
    return zip(ended, sums).map { (tokens: $0, logProb: $1) }
  }

  /// A beam that holds every prefix finds the best completion of all, and it is not the greedy one
  /// each time. The probabilities of all completions are 1 together, so none was forgotten.
  @Test(arguments: [0, 0.7, 1]) func aBeamOfAllPrefixesFindsTheBest(penalty: Double) throws {
    var differsFromGreedy = 0
    for seed in 7..<10 {
      let model = try Self.tinyModel(UInt64(seed))
      let prompts = Self.prompts(4, below: 5)
      let beams = decoded(beam(625, 4, penalty: penalty), prompts, model)
      let greedy = decoded(beam(1, 4, penalty: penalty), prompts, model)
      for (place, prompt) in prompts.enumerated() {
        let all = completions(after: prompt, model)
        let total = all.reduce(0) { $0 + ElementaryFunctions.exponential($1.logProb) }
        #expect(abs(total - 1) < 1e-4)
        let best = all.map {
          lengthNormalized($0.logProb, tokens: $0.tokens.count, penalty: penalty)
        }
        let found = Array(beams[place].tokens[prompt.count...])
        let index = try #require(all.firstIndex { $0.tokens == found })
        #expect(best[index] == best.max())
        if greedy[place].tokens != beams[place].tokens { differsFromGreedy += 1 }
      }
    }
    #expect(differsFromGreedy > 0)
  }

  /// Neither the others in the batch nor the threads change a turn.
  @Test func neighboursChangeNothing() throws {
    let model = try SmallModel.untied.model()
    let prompts = Self.prompts(50, below: 23)
    let all = decoded(beam(4, 8), prompts, model)
    for (place, prompt) in prompts.enumerated().prefix(12) {
      let alone = decoded(beam(4, 8), [prompt], model)[0]
      #expect(alone.tokens == all[place].tokens && alone.cost == all[place].cost)
      #expect(bits(alone.logProbs) == bits(all[place].logProbs))
    }
    #expect(all.contains { $0.finishes == [.stop] })
  }

  /// With all tokens alike, equal scores keep the order of ids: 0, 1 and 2 are kept, then 00, 01 and
  /// 02, of which 01 is a stop and more probable than anything longer.
  @Test func tiesKeepTheirOrder() throws {
    var config = LlamaConfig()
    (config.hiddenSize, config.intermediateSize) = (32, 40)
    (config.numAttentionHeads, config.numKeyValueHeads) = (4, 2)
    (config.numHiddenLayers, config.maxPositionEmbeddings) = (1, 40)
    let architecture = Architecture(Llama.self, config, vocabulary: 5)
    var weights = architecture.freshParameters(from: RandomStream(seed: 1))
    weights["lm_head.weight"] = .zeros([5, 32])
    let model = try architecture.model(weights)
    #expect(decoded(beam(3, 3), [[2]], model)[0].tokens == [2, 0, 1])
    let none = StopRule(sequences: [])
    let unstopped = BeamSearch(width: 3, maximumTokens: 3, stop: none)
    #expect(decoded(unstopped, [[2]], model)[0].tokens == [2, 0, 0, 0])
  }

  /// A full conversation has no room for a turn, and a second turn goes on from the first.
  @Test func turnsFollowOneAnother() throws {
    let model = try SmallModel.untied.model()
    var all = [Decoding(prompt: [1, 2], for: model)]
    beam(3, 2).extend(&all, with: model)
    let first = all[0].tokens
    all[0].append([7, 8, 9])
    beam(3, 2).extend(&all, with: model)
    #expect(all[0].tokens.starts(with: first + [7, 8, 9]) && all[0].finishes.count == 2)
    all[0].append((all[0].tokens.count..<200).map { Int32($0 % 23) })
    let full = all[0].tokens
    beam(3, 2).extend(&all, with: model)
    #expect(all[0].tokens == full && all[0].finishes.last == .length)
  }
}
