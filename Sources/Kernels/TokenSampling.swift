import Vectors

/// Draws from rows of logits, by the same distribution that training scores.
public enum TokenSampling {
  /// The token where the cumulative weight passes `uniforms[row]` of the total, in index order, or
  /// the first largest one without uniforms; with its log-probability.
  public static func draw(
    _ logits: FloatBuffer, rows: Int, columns: Int, inverseTemperature: Float,
    uniforms: [Double]?
  ) -> [(token: Int32, logProb: Float)] {
    Array(unsafeUninitializedCapacity: rows) { draws, count in
      let draws = draws.baseAddress
      forEachBlock(of: rows, atLeast: max(1, 1024 / columns)) { range in
        for row in range {
          let distribution = TokenDistribution(
            logits.source + row &* columns, count: columns, inverseTemperature: inverseTemperature)
          let token =
            uniforms.map { distribution.token(at: $0[row]) } ?? distribution.mostProbableToken
          draws?[row] = (token, distribution.logProbability(of: token))
        }
      }
      count = rows
    }
  }
}

extension TokenDistribution {
  var mostProbableToken: Int32 {
    var best = 0
    for index in 0..<count where logits[index] > logits[best] { best = index }
    return Int32(best)
  }

  func token(at uniform: Double) -> Int32 {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count &+ 16) { weights in
      guard let base = weights.baseAddress else { return 0 }
      forEachColumn(count) { column, width in
        store(probabilities(column, width), base + column, first: width)
      }
      var total = 0.0
      for index in 0..<count { total += Double(base[index]) }
      let threshold = uniform * total
      var cumulative = 0.0
      for index in 0..<count {
        cumulative += Double(base[index])
        if cumulative > threshold { return Int32(index) }
      }
      return Int32(count &- 1)
    }
  }
}
