import Randomness

/// The changes of a distribution before a draw, in the order of Hugging Face's processors:
/// repetition penalty, temperature, top-k, top-p, min-p. Removed tokens get `-∞`.
public struct SamplingTransforms: Sendable {
  private let config: SamplingConfig

  public init(_ config: SamplingConfig) { self.config = config }

  public func callAsFunction(_ logits: [Double], seen tokens: [Int32]) -> [Double] {
    var scores = logits
    if config.repetitionPenalty != 1 {
      for token in Set(tokens) {
        let score = logits[Int(token)]
        scores[Int(token)] =
          score < 0 ? score * config.repetitionPenalty : score / config.repetitionPenalty
      }
    }
    if config.temperature > 0 { scores = scores.map { $0 / config.temperature } }
    if config.topK > 0 { keepLargest(&scores) }
    if config.topP < 1 { keepNucleus(&scores) }
    if config.minP > 0 { keepProbable(&scores) }
    return scores
  }

  /// Tokens below the k-th largest score go; ties with it stay.
  private func keepLargest(_ scores: inout [Double]) {
    let limit = scores.sorted(by: >)[min(config.topK, scores.count) - 1]
    for index in scores.indices where scores[index] < limit { scores[index] = -.infinity }
  }

  /// From the least probable on, tokens go while those gone hold at most `1 − top_p`.
  private func keepNucleus(_ scores: inout [Double]) {
    let probabilities = softmax(scores)
    // Equal scores keep their order, as a stable ascending sort has it.
    let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
    var gone = 0.0
    for index in order.dropLast() {
      gone += probabilities[index]
      if gone > 1 - config.topP { break }
      scores[index] = -.infinity
    }
  }

  /// Tokens less probable than `min_p` times the most probable one go.
  private func keepProbable(_ scores: inout [Double]) {
    let probabilities = softmax(scores)
    let limit = config.minP * (probabilities.max() ?? 0)
    for index in scores.indices where probabilities[index] < limit { scores[index] = -.infinity }
  }
}

/// `e^{x − max x} / Σ`.
public func softmax(_ scores: [Double]) -> [Double] {
  let top = scores.max() ?? 0
  let weights = scores.map {
    $0 == -.infinity ? 0 : ElementaryFunctions.exponential(max($0 - top, -690))
  }
  let total = weights.reduce(0, +)
  return weights.map { $0 / total }
}
