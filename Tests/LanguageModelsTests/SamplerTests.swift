import LanguageModels
import Randomness
import TensorCore
import Testing

@Suite struct SamplerTests {
  static func sampler(_ settings: SamplingConfig = SamplingConfig(), tokens: Int) -> Sampler {
    Sampler(settings, maximumTokens: tokens, stop: StopRule(sequences: [[3], [5, 6]]))
  }

  /// More conversations than decode at once draw what they draw in smaller parts.
  @Test func whoMustWaitDrawsTheSame() throws {
    let model = try SmallModel.untied.model()
    let prompts = SmallModel.sequences(150, longest: 9, seed: 1)
    let random = RandomStream(seed: 2)
    let streams = prompts.indices.map { random.split("draw", $0) }
    let sampler = Self.sampler(tokens: 12)
    var all = prompts.map { Decoding(prompt: $0, for: model) }
    sampler.extend(&all, with: model, streams: streams)
    for first in stride(from: 0, to: 150, by: 50) {
      var part = prompts[first..<first + 50].map { Decoding(prompt: $0, for: model) }
      sampler.extend(&part, with: model, streams: Array(streams[first..<first + 50]))
      #expect(part.map(\.tokens) == all[first..<first + 50].map(\.tokens))
      #expect(part.map(\.finishes) == all[first..<first + 50].map(\.finishes))
    }
  }

  /// A turn ends with its first stop sequence or at its limit, and says which.
  @Test func turnsEndAndSayWhy() throws {
    let model = try SmallModel.untied.model()
    let prompts = SmallModel.sequences(40, longest: 9, seed: 3)
    var all = prompts.map { Decoding(prompt: $0, for: model) }
    let random = RandomStream(seed: 4)
    Self.sampler(tokens: 12).extend(
      &all, with: model, streams: prompts.indices.map { random.split("draw", $0) })
    for (one, prompt) in zip(all, prompts) {
      let turn = Array(one.tokens[prompt.count...])
      let ends = turn.indices.filter { index in
        turn[index] == 3 || index > 0 && turn[index - 1] == 5 && turn[index] == 6
      }
      #expect(one.isSampled == prompt.map { _ in false } + turn.map { _ in true })
      if one.finishes == [.stop] {
        #expect(ends == [turn.count - 1])
      } else {
        #expect(one.finishes == [.length] && ends.isEmpty && turn.count == 12)
      }
    }
    #expect(Set(all.map(\.finishes)).count == 2)
  }

  /// A reply past the model's last position leaves no room for a turn: it ends at once.
  @Test(arguments: [198, 199, 200, 230]) func aFullConversationEndsAtOnce(length: Int) throws {
    let model = try SmallModel.untied.model()
    let random = RandomStream(seed: 5)
    var all = [Decoding(prompt: [1, 2], for: model), Decoding(prompt: [1, 2], for: model)]
    let sampler = Sampler(SamplingConfig(), maximumTokens: 1, stop: StopRule(sequences: []))
    let streams = [random.split("a"), random.split("b")]
    sampler.extend(&all, with: model, streams: streams)
    all[0].append((3..<length).map { Int32($0 % 23) })
    sampler.extend(&all, with: model, streams: streams)
    #expect(all[0].finishes == [.length, .length])
    #expect(all[0].tokens.count == (length < 200 ? length + 1 : length))
    #expect(all[1].tokens.count == 4)
  }

  /// Filtered sampling stays within the kept tokens, and scores them under what it drew from.
  @Test func filteredDrawsAreScoredUnderTheFilter() throws {
    let model = try SmallModel.untied.model()
    let prompt: [Int32] = [1, 2, 4]
    var settings = SamplingConfig()
    (settings.temperature, settings.topK) = (3, 3)
    let random = RandomStream(seed: 6)
    var all = (0..<60).map { _ in Decoding(prompt: prompt, for: model) }
    Self.sampler(settings, tokens: 1).extend(
      &all, with: model, streams: all.indices.map { random.split("draw", $0) })
    let logits = model.logits(of: [prompt])[0].suffix(23).map(Double.init)
    let kept = logits.indices.sorted { logits[$0] > logits[$1] }.prefix(3)
    let probabilities = softmax(kept.map { logits[$0] / 3 })
    for one in all {
      let place = try #require(kept.firstIndex(of: Int(one.tokens[3])))
      #expect(abs(Double(one.logProbs[3]) - log(probabilities[place])) < 1e-6)
    }
    #expect(Set(all.map { $0.tokens[3] }).count == 3)
  }

  private func log(_ x: Double) -> Double { ElementaryFunctions.logarithm(x) }
}
