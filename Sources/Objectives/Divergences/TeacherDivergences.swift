import Foundation

/// The divergences of distillation; `self` is the student, and gradients are by its logits.
extension Distribution {
  /// `JSD_β / (β (1 − β))`; at the ends its limits, which are the whole divergences.
  public func normalizedJensenShannonDivergence(teacher: Distribution, beta: Double) -> Double {
    jensenShannonDivergence(teacher: teacher, beta: beta) / Self.scale(beta)
  }

  public func gradientOfNormalizedJensenShannonDivergence(
    teacher: Distribution, beta: Double
  ) -> [Double] {
    gradientOfJensenShannonDivergence(teacher: teacher, beta: beta).map { $0 / Self.scale(beta) }
  }

  private static func scale(_ beta: Double) -> Double {
    beta == 0 || beta == 1 ? 1 : beta * (1 - beta)
  }

  /// `−Σ r log p` with the labels `r = (1 − ε) q + ε / V`.
  public func crossEntropy(teacher: Distribution, smoothing: Double) -> Double {
    -zip(labels(teacher, smoothing), logProbs).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// `(p − r) / τ`.
  public func gradientOfCrossEntropy(teacher: Distribution, smoothing: Double) -> [Double] {
    zip(probabilities, labels(teacher, smoothing)).map { ($0 - $1) / temperature }
  }

  private func labels(_ teacher: Distribution, _ smoothing: Double) -> [Double] {
    teacher.probabilities.map { (1 - smoothing) * $0 + smoothing / Double(logProbs.count) }
  }

  /// The `k` most probable tokens, falling; of equal ones the first.
  public func mostProbable(_ k: Int) -> [Int] {
    Array(
      logProbs.indices.sorted { (logProbs[$1], $0) < (logProbs[$0], $1) }.prefix(k))
  }

  /// The chosen tokens in their order, and all others as one outcome.
  public func bucketed(keeping chosen: [Int]) -> Distribution {
    let others = Set(logProbs.indices).subtracting(chosen)
    let rest = others.reduce(0) { $0 + exp(logProbs[$1]) }
    return Distribution(logits: chosen.map { logProbs[$0] } + [log(rest)])
  }

  /// A gradient by the logits of `bucketed(keeping: chosen)` as one by this one's logits: what lies in
  /// the bucket shares its slope by probability.
  public func spread(_ gradient: [Double], over chosen: [Int]) -> [Double] {
    let rest = Set(logProbs.indices).subtracting(chosen).reduce(0) { $0 + exp(logProbs[$1]) }
    var spread = probabilities.map { gradient[chosen.count] * $0 / rest / temperature }
    for (index, token) in chosen.enumerated() { spread[token] = gradient[index] / temperature }
    return spread
  }
}
