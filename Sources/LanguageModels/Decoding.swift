import NeuralNetworks
import Randomness
import TensorCore

/// Continues conversations by one turn, each by itself whatever the others are.
public protocol TurnDecoder: Sendable {
  /// `streams[i]` is where the draws of conversation `i` come from, if there are any.
  func extend(
    _ conversations: inout [Decoding], with model: any LanguageModel, streams: [RandomStream])
}

/// What was computed to make a turn.
public struct DecodingCost: Codable, Sendable, Equatable {
  /// Tokens chosen, also those of continuations that were given up.
  public var tokens = 0
  /// Token rows that went through the model.
  public var rows = 0

  public init(tokens: Int = 0, rows: Int = 0) { (self.tokens, self.rows) = (tokens, rows) }

  public static func + (left: DecodingCost, right: DecodingCost) -> DecodingCost {
    DecodingCost(tokens: left.tokens + right.tokens, rows: left.rows + right.rows)
  }

  public static func - (left: DecodingCost, right: DecodingCost) -> DecodingCost {
    DecodingCost(tokens: left.tokens - right.tokens, rows: left.rows - right.rows)
  }
}

/// One conversation in the making. It keeps its cache between turns; tokens are never re-encoded.
public struct Decoding: Sendable {
  public private(set) var tokens: [Int32]
  public private(set) var isSampled: [Bool]
  /// 0 where not sampled.
  public private(set) var logProbs: [Float]
  /// One a turn.
  public private(set) var finishes: [FinishReason] = []
  /// Of all turns so far; a copy begins with what its original cost.
  public internal(set) var cost = DecodingCost()
  fileprivate(set) var cache: KVCache
  /// The final hidden state of the last token, once it is in the cache.
  fileprivate(set) var hidden: Tensor?
  /// Where the running turn's draws come from.
  var stream = RandomStream(seed: 0)

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

  mutating func sample(_ token: Int32, logProb: Float) {
    tokens.append(token)
    isSampled.append(true)
    logProbs.append(logProb)
    cost.tokens += 1
    hidden = nil
  }

  mutating func finish(_ reason: FinishReason) { finishes.append(reason) }
  var uncached: [Int32] { Array(tokens[cache.length...]) }

  func isFull(from start: Int, _ maximumTokens: Int, _ model: any LanguageModel) -> Bool {
    tokens.count - start >= maximumTokens || tokens.count >= model.maximumLength
  }

  /// Why the turn that began at `start` is over; `nil` while it is not.
  func ending(
    from start: Int, stop: StopRule, _ maximumTokens: Int, _ model: any LanguageModel
  ) -> FinishReason? {
    if stop.ends(tokens, from: start) { return .stop }
    return isFull(from: start, maximumTokens, model) ? .length : nil
  }
}

extension [Decoding] {
  /// Runs the tokens that are not in the caches yet. Copies made after it share the prompt.
  public mutating func prefill(with model: any LanguageModel) {
    onEveryThread { $0.prefillPart(with: model) }
  }

  /// Each thread takes a part of the conversations through all their tokens.
  ///
  /// An operation on so few rows is over before a second thread has begun with it; whole
  /// conversations are long, and none feels its neighbours.
  mutating func onEveryThread(_ body: (inout [Decoding]) -> Void) {
    let leastPart = 16  // fewer conversations are not worth a thread of their own
    let total = count
    let threads = Swift.max(1, Swift.min(Threads.count, total / leastPart))
    var parts = (0..<threads).map { part in
      Array(self[part * total / threads..<(part + 1) * total / threads])
    }
    self = []  // so that each part alone holds its caches' last blocks
    Threads.modifyEach(&parts, body)
    self = Array(parts.joined())
  }

  mutating func prefillPart(with model: any LanguageModel) {
    let mostRows = 512
    var next = 0
    while next < count {
      var chosen: [Int] = []
      var rows = 0
      while next < count, rows < mostRows {
        // A reply may have filled the conversation: then there is no turn to prepare.
        let hasRoom = self[next].tokens.count < model.maximumLength
        if hasRoom && self[next].hidden == nil {
          chosen.append(next)
          rows += self[next].uncached.count
        }
        next += 1
      }
      guard !chosen.isEmpty else { continue }
      let packed = PackedTokens(lastOf: chosen.map { self[$0].uncached })
      let hidden = run(packed, of: chosen, with: model)
      for (place, index) in chosen.enumerated() {
        self[index].hidden = hidden.embedding([Int32(place)])
      }
    }
  }

  /// The hidden states that are read of rows that continue the chosen conversations' caches.
  mutating func run(
    _ packed: PackedTokens, of chosen: [Int], with model: any LanguageModel
  ) -> Tensor {
    let layers = model.layerCount
    var caches: [KVCache]? = chosen.map { index in
      // Moved, not copied: a shared block would be copied at the next write.
      let cache = self[index].cache
      self[index].cache = KVCache(layers: layers)
      return cache
    }
    let hidden = model.hiddenStates(of: packed, caches: &caches, observer: nil)
    for (place, cache) in (caches ?? []).enumerated() {
      self[chosen[place]].cost.rows += packed.segments[place].rows.count
      self[chosen[place]].cache = cache
    }
    return hidden
  }
}
