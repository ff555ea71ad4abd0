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

  /// The `count` most probable tokens of each row, the best first and equal ones in index order,
  /// with the log-probabilities that `draw` has; row after row.
  public static func best(
    _ logits: FloatBuffer, rows: Int, columns: Int, count: Int
  ) -> [(token: Int32, logProb: Float)] {
    Array(unsafeUninitializedCapacity: rows &* count) { best, total in
      guard let base = best.baseAddress else { return }
      forEachBlock(of: rows, atLeast: max(1, 1024 / columns)) { range in
        for row in range {
          let distribution = TokenDistribution(
            logits.source + row &* columns, count: columns, inverseTemperature: 1)
          distribution.fill(base + row &* count, count: count)
        }
      }
      total = rows &* count
    }
  }
}

extension TokenDistribution {
  /// The best tokens so far stay sorted: a better one moves the rest down.
  fileprivate func fill(
    _ best: UnsafeMutablePointer<(token: Int32, logProb: Float)>, count kept: Int
  ) {
    for index in 0..<count {
      var place = min(index, kept)
      while place > 0 && logits[Int(best[place &- 1].token)] < logits[index] { place &-= 1 }
      if place == kept { continue }
      for lower in stride(from: min(index, kept &- 1), to: place, by: -1) {
        best[lower] = best[lower &- 1]
      }
      best[place] = (Int32(index), 0)
    }
    for place in 0..<kept { best[place].logProb = logProbability(of: best[place].token) }
  }

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
