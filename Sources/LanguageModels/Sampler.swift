import NeuralNetworks
import Randomness
import TensorCore

/// One conversation in the making. It keeps its cache between turns; tokens are never re-encoded.
public struct Decoding: Sendable {
  public private(set) var tokens: [Int32]
  public private(set) var isSampled: [Bool]
  /// 0 where not sampled.
  public private(set) var logProbs: [Float]
  /// One a turn.
  public private(set) var finishes: [FinishReason] = []
  fileprivate var cache: KVCache
  /// The final hidden state of the last token, once it is in the cache.
  fileprivate var hidden: Tensor?
  /// Where the running turn's draws come from.
  fileprivate var stream = RandomStream(seed: 0)

  public init(prompt: [Int32], for model: any LanguageModel) {
    precondition(!prompt.isEmpty, "Decoding: a prompt has at least one token")
    tokens = prompt
    isSampled = Array(repeating: false, count: prompt.count)
    logProbs = Array(repeating: 0, count: prompt.count)
    cache = KVCache(layers: model.layerCount)
  }

  /// Appends what the other side said, before the next turn.
  public mutating func append(_ reply: [Int32]) {
    tokens += reply
    isSampled += Array(repeating: false, count: reply.count)
    logProbs += Array(repeating: 0, count: reply.count)
    if !reply.isEmpty { hidden = nil }
  }

  fileprivate mutating func sample(_ token: Int32, logProb: Float) {
    tokens.append(token)
    isSampled.append(true)
    logProbs.append(logProb)
    hidden = nil
  }

  fileprivate mutating func finish(_ reason: FinishReason) { finishes.append(reason) }
  fileprivate var uncached: [Int32] { Array(tokens[cache.length...]) }
}

/// Continues conversations by one turn, all together, each from its own stream.
///
/// No figure of a conversation depends on the others: not on which there are, nor on how many
/// decode at once.
public struct Sampler: Sendable {
  public var settings: SamplingConfig
  /// The most tokens of a turn.
  public var maximumTokens: Int
  public var stop: StopRule
  /// Conversations that decode at once, so that their caches stay near the processor.
  private static let width = 128
  private static let prefillRows = 512
  /// Fewer conversations than this are not worth a thread of their own.
  private static let leastPart = 16

  public init(_ settings: SamplingConfig, maximumTokens: Int, stop: StopRule) {
    (self.settings, self.maximumTokens, self.stop) = (settings, maximumTokens, stop)
  }

  /// Runs the tokens that are not in the caches yet. Copies made after it share the prompt.
  public func prefill(_ conversations: inout [Decoding], with model: any LanguageModel) {
    onEveryThread(&conversations) { prefillPart(&$0, model) }
  }

  /// Samples one turn of every conversation.
  public func extend(
    _ conversations: inout [Decoding], with model: any LanguageModel, streams: [RandomStream]
  ) {
    precondition(
      conversations.count == streams.count,
      "extend: \(conversations.count) conversations and \(streams.count) streams")
    for index in streams.indices { conversations[index].stream = streams[index] }
    onEveryThread(&conversations) { extendPart(&$0, model) }
  }

  /// Each thread takes a part of the conversations through all their tokens.
  ///
  /// An operation on so few rows is over before a second thread has begun with it; whole
  /// conversations are long, and none feels its neighbours.
  private func onEveryThread(
    _ conversations: inout [Decoding], _ body: (inout [Decoding]) -> Void
  ) {
    let count = max(1, min(Threads.count, conversations.count / Sampler.leastPart))
    var parts = (0..<count).map { part in
      Array(
        conversations[
          part * conversations.count / count..<(part + 1) * conversations.count / count])
    }
    conversations = []  // so that each part alone holds its caches' last blocks
    Threads.modifyEach(&parts, body)
    conversations = Array(parts.joined())
  }

  private func prefillPart(_ conversations: inout [Decoding], _ model: any LanguageModel) {
    var next = 0
    while next < conversations.count {
      var chosen: [Int] = []
      var rows = 0
      while next < conversations.count, rows < Sampler.prefillRows {
        // A reply may have filled the conversation: then there is no turn to prepare.
        let hasRoom = conversations[next].tokens.count < model.maximumLength
        if hasRoom && conversations[next].hidden == nil {
          chosen.append(next)
          rows += conversations[next].uncached.count
        }
        next += 1
      }
      guard !chosen.isEmpty else { continue }
      let packed = PackedTokens(rows: chosen.map { conversations[$0].uncached })
      let hidden = run(packed, of: chosen, &conversations, model)
      for (segment, index) in zip(packed.segments, chosen) {
        conversations[index].hidden = hidden.embedding([Int32(segment.rows.upperBound - 1)])
      }
    }
  }

  private func extendPart(_ conversations: inout [Decoding], _ model: any LanguageModel) {
    prefillPart(&conversations, model)
    let starts = conversations.map(\.tokens.count)
    var waiting = Array(conversations.indices.reversed())
    var active: [Int] = []
    var hidden: [Tensor] = []  // of the active, in parts, end to end
    while !waiting.isEmpty || !active.isEmpty {
      while active.count < Sampler.width, let next = waiting.popLast() {
        if isFull(conversations[next], from: starts[next], model) {
          conversations[next].finish(.length)
          continue
        }
        active.append(next)
        if let state = conversations[next].hidden { hidden.append(state) }
      }
      if active.isEmpty { break }
      draw(active, .concatenated(hidden), &conversations, model)
      active.removeAll { index in
        let reason: FinishReason? =
          stop.ends(conversations[index].tokens, from: starts[index])
          ? .stop : isFull(conversations[index], from: starts[index], model) ? .length : nil
        if let reason { conversations[index].finish(reason) }
        return reason != nil
      }
      hidden = []
      if active.isEmpty { continue }
      let packed = PackedTokens(rows: active.map { conversations[$0].uncached })
      hidden = [run(packed, of: active, &conversations, model)]
    }
  }

  private func isFull(_ one: Decoding, from start: Int, _ model: any LanguageModel) -> Bool {
    one.tokens.count - start >= maximumTokens || one.tokens.count >= model.maximumLength
  }

  /// The hidden states of rows that continue the chosen conversations' caches.
  private func run(
    _ packed: PackedTokens, of chosen: [Int], _ conversations: inout [Decoding],
    _ model: any LanguageModel
  ) -> Tensor {
    let layers = model.layerCount
    var caches: [KVCache]? = chosen.map { index in
      // Moved, not copied: a shared block would be copied at the next write.
      let cache = conversations[index].cache
      conversations[index].cache = KVCache(layers: layers)
      return cache
    }
    let hidden = model.hiddenStates(of: packed, caches: &caches, observer: nil)
    for (index, cache) in zip(chosen, caches ?? []) { conversations[index].cache = cache }
    return hidden
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
