import Kernels

extension Oracle {
  /// `eˣ − 1` by Kahan's quotient.
  static func exponentialMinusOne(_ x: Float) -> Float {
    let u = exponential(x)
    let rise = u - 1
    if rise == 0 { return x }
    return rise == -1 ? -1 : rise * (x / logarithm(u))
  }

  /// `D(p, q)` and its slopes by the scaled logits of `p`.
  static func divergence(
    _ kind: TokenDivergence, _ p: Distribution, _ q: Distribution
  ) -> (value: Float, slopes: [Float]) {
    let (ps, qs) = (p.probabilities, q.probabilities)
    let gaps = zip(p.logProbs, q.logProbs).map { $0 - $1 }
    switch kind {
    case .reverseKL:
      let value = laneSum(gaps.count) { $1.addingProduct(ps[$0], gaps[$0]) }
      return (value, gaps.indices.map { ps[$0] * (gaps[$0] - value) })
    case .forwardKL:
      let value = laneSum(gaps.count) { $1.addingProduct(qs[$0], -gaps[$0]) }
      return (value, gaps.indices.map { ps[$0] - qs[$0] })
    case .jensenShannon(let beta, let isNormalized):
      let a = isNormalized ? 1 / beta : 1 - beta
      let b = isNormalized ? 1 / (1 - beta) : beta
      let toMixture = gaps.map { gapsToMixture($0, beta) }
      let value = laneSum(gaps.count) { index, sum in
        sum.addingProduct(a * ps[index], toMixture[index].ofP)
          .addingProduct(b * qs[index], toMixture[index].ofQ)
      }
      let mean = laneSum(gaps.count) { $1.addingProduct(ps[$0], toMixture[$0].ofP) }
      return (value, gaps.indices.map { a * ps[$0] * (toMixture[$0].ofP - mean) })
    case .crossEntropy(let smoothing):
      let even = smoothing / Float(gaps.count)
      let labels = qs.map { even.addingProduct(1 - smoothing, $0) }
      let value = laneSum(gaps.count) { $1.addingProduct(labels[$0], -p.logProbs[$0]) }
      return (value, gaps.indices.map { ps[$0] - labels[$0] })
    }
  }

  private static func gapsToMixture(_ gap: Float, _ beta: Float) -> (ofP: Float, ofQ: Float) {
    func rise(_ difference: Float, _ share: Float) -> Float {
      let bounded = min(difference, 80)
      return logarithmOfOnePlus(share * exponentialMinusOne(bounded)) + (difference - bounded)
    }
    if beta > 0.5 {
      let rise = rise(gap, 1 - beta)
      return (gap - rise, -rise)
    }
    let rise = rise(-gap, beta)
    return (-rise, -gap - rise)
  }

  /// The same over the `k` most probable tokens of `q` and one bucket, from logits.
  static func bucketed(
    _ kind: TokenDivergence, _ k: Int, _ logits: [Float], _ other: [Float],
    inverseTemperature: Float, otherInverseTemperature: Float
  ) -> (value: Float, slopes: [Float]) {
    let chosen = mostProbable(k, other)
    func split(_ logits: [Float], _ scale: Float) -> (coarse: Distribution, rest: Distribution) {
      let scaled = logits.map { $0 * scale }
      var others = scaled
      for token in chosen { others[token] = -.infinity }
      let top = others.reduce(-.infinity) { max($0, $1) }
      let weights = others.map { $0 == -.infinity ? 0 : exponential($0 - top) }
      let total = laneSum(weights.count) { $1 + weights[$0] }
      let bucket = top + logarithm(total)
      let rest = Distribution(probabilities: weights.map { $0 * (1 / total) })
      return (
        Distribution(chosen.map { scaled[$0] } + [bucket], inverseTemperature: 1), rest
      )
    }
    let (p, rest) = split(logits, inverseTemperature)
    let (q, _) = split(other, otherInverseTemperature)
    let (value, own) = divergence(kind, p, q)
    var slopes = rest.probabilities.map { own[k] * $0 }
    for (token, slope) in zip(chosen, own) { slopes[token] = slope }
    return (value, slopes)
  }

  /// The `k` tokens of the largest logits, falling; of equal ones the first.
  static func mostProbable(_ k: Int, _ logits: [Float]) -> [Int] {
    Array(logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }.prefix(k))
  }
}
