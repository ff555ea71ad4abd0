extension Oracle {
  /// `pⱼ = e^{zⱼ − m} / s` with `z = logits / T`, and what is measured of it.
  struct Distribution {
    let probabilities, logProbs: [Float]

    init(_ logits: [Float], inverseTemperature: Float) {
      let z = logits.map { $0 * inverseTemperature }
      let top = z.reduce(-.infinity) { max($0, $1) }
      let weights = z.map { exponential($0 - top) }
      let total = laneSum(z.count) { $1 + weights[$0] }
      let logTotal = logarithm(total)
      let inverse = 1 / total
      probabilities = weights.map { $0 * inverse }
      logProbs = z.map { $0 - top - logTotal }
    }

    /// Probabilities alone.
    init(probabilities: [Float]) {
      self.probabilities = probabilities
      logProbs = []
    }

    var entropy: Float {
      -laneSum(logProbs.count) { $1.addingProduct(probabilities[$0], logProbs[$0]) }
    }
  }

  /// The gradient of `g₁ log p(token) + g₂ H + g₃ D` by the logits, from the slopes of `D`.
  static func logitGradient(
    _ p: Distribution, slopes: [Float], token: Int, upstream g: [Float], inverseTemperature: Float
  ) -> [Float] {
    let entropy = p.entropy
    return p.logProbs.indices.map { j in
      let probability = p.probabilities[j]
      var gradient = -g[0] * probability
      if g[1] != 0 {
        gradient = gradient.addingProduct(-g[1], probability * (p.logProbs[j] + entropy))
      }
      if g[2] != 0 { gradient = gradient.addingProduct(g[2], slopes[j]) }
      if j == token { gradient += g[0] }
      return gradient * inverseTemperature
    }
  }
}
