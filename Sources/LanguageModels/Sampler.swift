import NeuralNetworks
import Randomness
import TensorCore

/// Continues conversations by one turn, all together, each from its own stream.
///
/// No figure of a conversation depends on the others: not on which there are, nor on how many
/// decode at once.
public struct Sampler: TurnDecoder {
  public var settings: SamplingConfig
  /// The most tokens of a turn.
  public var maximumTokens: Int
  public var stop: StopRule
  /// Conversations that decode at once: two register tiles of rows for each weight. All 64 of
  /// `rl bench decode` at once, with caches of 256 KB each, were slower by a sixth; its larger model,
  /// whose weights are read more often for it, was faster by a twentieth.
  private static let width = 24

  public init(_ settings: SamplingConfig, maximumTokens: Int, stop: StopRule) {
    (self.settings, self.maximumTokens, self.stop) = (settings, maximumTokens, stop)
  }

  /// Samples one turn of every conversation.
  public func extend(
    _ conversations: inout [Decoding], with model: any LanguageModel, streams: [RandomStream]
  ) {
    precondition(
      conversations.count == streams.count,
      "extend: \(conversations.count) conversations and \(streams.count) streams")
    for index in streams.indices { conversations[index].stream = streams[index] }
    conversations.onEveryThread { extendPart(&$0, model) }
  }

  private func extendPart(_ conversations: inout [Decoding], _ model: any LanguageModel) {
    conversations.prefillPart(with: model)
    let starts = conversations.map(\.tokens.count)
    var waiting = Array(conversations.indices.reversed())
    var active: [Int] = []
    var hidden: [Tensor] = []  // of the active, in parts, end to end
    while !waiting.isEmpty || !active.isEmpty {
      while active.count < Sampler.width, let next = waiting.popLast() {
        if conversations[next].isFull(from: starts[next], maximumTokens, model) {
          conversations[next].finish(.length)
          continue
        }
        active.append(next)
        if let state = conversations[next].hidden { hidden.append(state) }
      }
      if active.isEmpty { break }
      draw(active, .concatenated(hidden), &conversations, model)
      active.removeAll { index in
        let reason = conversations[index].ending(
          from: starts[index], stop: stop, maximumTokens, model)
        if let reason { conversations[index].finish(reason) }
        return reason != nil
      }
      hidden = []
      if active.isEmpty { continue }
      let packed = PackedTokens(lastOf: active.map { conversations[$0].uncached })
      hidden = [conversations.run(packed, of: active, with: model)]
    }
  }

  private func draw(
    _ active: [Int], _ hidden: Tensor, _ conversations: inout [Decoding],
    _ model: any LanguageModel
  ) {
    let logits = hidden.linear(model.head.weight)
    if settings.isUnfiltered {
      let uniforms = settings.isGreedy ? nil : active.map { conversations[$0].stream.uniform() }
      let temperature = settings.isGreedy ? 1 : Float(settings.temperature)
      let draws = logits.drawTokens(temperature: temperature, uniforms: uniforms)
      for (index, draw) in zip(active, draws) {
        conversations[index].sample(draw.token, logProb: draw.logProb)
      }
      return
    }
    let transforms = SamplingTransforms(settings)
    for (row, index) in active.enumerated() {
      let scores = transforms(
        logits.row(row).values.map(Double.init), seen: conversations[index].tokens)
      let uniform = settings.isGreedy ? nil : conversations[index].stream.uniform()
      let (token, probability) = pick(softmax(scores), uniform)
      conversations[index].sample(
        Int32(token), logProb: Float(ElementaryFunctions.logarithm(probability)))
    }
  }

  /// The token at `uniform` of the cumulative distribution, or the most probable one.
  private func pick(_ probabilities: [Double], _ uniform: Double?) -> (Int, Double) {
    var best = 0
    var cumulative = 0.0
    for (index, probability) in probabilities.enumerated() {
      if let uniform {
        cumulative += probability
        if probability > 0 { best = index }
        if cumulative > uniform { break }
      } else if probability > probabilities[best] {
        best = index
      }
    }
    return (best, probabilities[best])
  }
}
