import NeuralNetworks
import Randomness
import TensorCore

/// `Σ log p / nᵖ` over the `n` tokens of a continuation: what `p` is, says how much length excuses.
public func lengthNormalized(_ logProb: Double, tokens: Int, penalty: Double) -> Double {
  logProb / ElementaryFunctions.power(Double(max(1, tokens)), penalty)
}

/// Continues each conversation by the most probable turn that a beam of prefixes meets.
///
/// A step extends every open prefix by its `width` most probable tokens and keeps the `width` best
/// of the results and of the turns that have ended, by length-normalized log-probability (Graves,
/// "Sequence transduction with recurrent neural networks", 2012; the normalization is Wu et al.'s,
/// 2016, without its constant). It is over when no open prefix can overtake the best ended turn.
/// Nothing is drawn: equal scores keep the order of their prefixes, then of their tokens. A beam of
/// width 1 is the greedy turn.
public struct BeamSearch: TurnDecoder {
  public var width: Int
  /// 0 compares the probabilities themselves, 1 the mean log-probabilities of tokens.
  public var lengthPenalty: Double
  /// The most tokens of a turn.
  public var maximumTokens: Int
  public var stop: StopRule
  /// Prefixes that decode at once, so that their caches stay near the processor.
  private static let rows = 128

  public init(width: Int, lengthPenalty: Double = 0, maximumTokens: Int, stop: StopRule) {
    precondition(
      width >= 1 && lengthPenalty >= 0, "BeamSearch: width \(width), penalty \(lengthPenalty)")
    (self.width, self.lengthPenalty) = (width, lengthPenalty)
    (self.maximumTokens, self.stop) = (maximumTokens, stop)
  }

  public func extend(
    _ conversations: inout [Decoding], with model: any LanguageModel, streams: [RandomStream] = []
  ) {
    conversations.onEveryThread { part in
      part.prefillPart(with: model)
      let size = max(1, Self.rows / width)
      for first in stride(from: 0, to: part.count, by: size) {
        extend(&part, first..<min(first + size, part.count), model)
      }
    }
  }

  private func extend(
    _ conversations: inout [Decoding], _ range: Range<Int>, _ model: any LanguageModel
  ) {
    var beams: [Beam] = []
    var open = Prefixes()
    var hidden: [Tensor] = []  // of the open prefixes, in parts, end to end
    for index in range {
      let one = conversations[index]
      guard let state = one.hidden, !one.isFull(from: one.tokens.count, maximumTokens, model) else {
        conversations[index].finish(.length)
        continue
      }
      open.append(one, logProb: 0)
      beams.append(Beam(conversation: index, start: one.tokens.count, cost: one.cost, open: 1))
      hidden.append(state)
    }
    while !open.decodings.isEmpty {
      let logits = Tensor.concatenated(hidden).linear(model.head.weight)
      let tokens = logits.mostProbableTokens(min(width, model.vocabularySize))
      grow(&beams, &open, by: tokens, model)
      if open.decodings.isEmpty { break }
      let packed = PackedTokens(lastOf: open.decodings.map(\.uncached))
      hidden = [
        open.decodings.run(packed, of: Array(open.decodings.indices), with: model)
      ]
    }
    for beam in beams {
      guard var best = beam.ended.first?.decoding else { continue }
      best.cost = beam.cost
      conversations[beam.conversation] = best
    }
  }

  /// One token more for every beam.
  private func grow(
    _ beams: inout [Beam], _ open: inout Prefixes, by tokens: [[(token: Int32, logProb: Float)]],
    _ model: any LanguageModel
  ) {
    var next = Prefixes()
    var first = 0
    for index in beams.indices where beams[index].open > 0 {
      let rows = first..<first + beams[index].open
      first = rows.upperBound
      let (ended, prefixes) = best(of: beams[index], open, rows, by: tokens, model)
      beams[index].ended = ended
      beams[index].cost.tokens += prefixes.decodings.count + ended.count { $0.isNew }
      let isDecided = isDecided(ended, prefixes, from: beams[index].start, model)
      beams[index].open = isDecided ? 0 : prefixes.decodings.count
      beams[index].cost.rows += beams[index].open
      if !isDecided { next.append(prefixes) }
    }
    open = next
  }

  /// The `width` best of a beam's ended turns and of its prefixes' continuations.
  private func best(
    of beam: Beam, _ open: Prefixes, _ rows: Range<Int>,
    by tokens: [[(token: Int32, logProb: Float)]], _ model: any LanguageModel
  ) -> (ended: [Ended], open: Prefixes) {
    var candidates = beam.ended.indices.map {
      Candidate(row: nil, place: $0, score: beam.ended[$0].score)
    }
    for row in rows {
      let length = open.decodings[row].tokens.count + 1 - beam.start
      for (place, choice) in tokens[row].enumerated() {
        let logProb = open.logProbs[row] + Double(choice.logProb)
        let score = lengthNormalized(logProb, tokens: length, penalty: lengthPenalty)
        candidates.append(Candidate(row: row, place: place, score: score))
      }
    }
    let order = candidates.indices.sorted {
      (candidates[$1].score, $0) < (candidates[$0].score, $1)
    }
    var ended: [Ended] = []
    var prefixes = Prefixes()
    for candidate in order.prefix(width).map({ candidates[$0] }) {
      guard let row = candidate.row else {
        var old = beam.ended[candidate.place]
        old.isNew = false
        ended.append(old)
        continue
      }
      let (token, logProb) = tokens[row][candidate.place]
      var decoding = open.decodings[row]
      decoding.sample(token, logProb: logProb)
      if let reason = decoding.ending(from: beam.start, stop: stop, maximumTokens, model) {
        decoding.finish(reason)
        ended.append(Ended(decoding: decoding, score: candidate.score))
      } else {
        prefixes.append(decoding, logProb: open.logProbs[row] + Double(logProb))
      }
    }
    return (ended, prefixes)
  }

  /// Whether the best ended turn stays the best: log-probabilities only fall, and the longest turn
  /// excuses the most.
  private func isDecided(
    _ ended: [Ended], _ open: Prefixes, from start: Int, _ model: any LanguageModel
  ) -> Bool {
    guard let bestOpen = open.logProbs.max() else { return true }
    let longest = min(maximumTokens, model.maximumLength - start)
    let bound = lengthNormalized(bestOpen, tokens: longest, penalty: lengthPenalty)
    return ended.first.map { $0.score >= bound } ?? false
  }
}

/// The search of one conversation's turn.
private struct Beam {
  let conversation: Int
  /// Tokens before the turn.
  let start: Int
  var cost: DecodingCost
  /// How many of the open prefixes are its own.
  var open: Int
  /// Best first.
  var ended: [Ended] = []
}

private struct Ended {
  var decoding: Decoding
  var score: Double
  var isNew = true
}

/// A turn that has ended, at `place` of those, or a prefix's row and the `place` of its next token.
private struct Candidate {
  var row: Int?
  var place: Int
  var score: Double
}

/// Turns that go on, by beam and best first.
private struct Prefixes {
  var decodings: [Decoding] = []
  var logProbs: [Double] = []

  mutating func append(_ decoding: Decoding, logProb: Double) {
    decodings.append(decoding)
    logProbs.append(logProb)
  }

  mutating func append(_ others: Prefixes) {
    decodings += others.decodings
    logProbs += others.logProbs
  }
}
