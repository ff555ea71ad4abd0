import Vectors

/// Statistics of rows of logits against target tokens, and their gradients.
///
/// They stand one after another in one buffer of `3 · M`: log-probabilities, entropies, divergences.
public enum TokenStatistics {
  /// A block of rows, the first of which is row `start` of the `M`.
  public struct Block: Sendable {
    public var columns: Int
    public var targets: ArraySlice<Int32>
    public var inverseTemperature: Float
    /// Against what, where other logits are given.
    public var comparison: TokenComparison?
    public var start, total: Int

    public init(
      columns: Int, targets: ArraySlice<Int32>, inverseTemperature: Float,
      comparison: TokenComparison?, start: Int, total: Int
    ) {
      (self.columns, self.targets) = (columns, targets)
      (self.inverseTemperature, self.comparison) = (inverseTemperature, comparison)
      (self.start, self.total) = (start, total)
    }

    func distribution(_ logits: FloatBuffer, _ row: Int) -> TokenDistribution {
      TokenDistribution(
        logits.source + row &* columns, count: columns, inverseTemperature: inverseTemperature)
    }

    /// The row's two distributions, where there is something to compare with.
    func pair(_ logits: FloatBuffer, _ other: FloatBuffer?, _ row: Int) -> DistributionPair? {
      guard let other, let comparison else { return nil }
      let q = TokenDistribution(
        other.source + row &* columns, count: columns,
        inverseTemperature: comparison.inverseTemperature)
      return DistributionPair(p: distribution(logits, row), q: q)
    }

    func target(_ row: Int) -> Int32 { targets[targets.startIndex &+ row] }
    var leastRows: Int { max(1, 4096 / columns) }

    /// A bucket of one token or of none would change nothing: 0.
    fileprivate var topK: Int {
      guard let comparison, comparison.topK < columns &- 1 else { return 0 }
      return comparison.topK
    }
  }

  /// Writes each row's statistics; `other` holds the logits of the distribution to compare with.
  public static func forward(
    _ logits: FloatBuffer, other: FloatBuffer?, block: Block, into statistics: FloatBuffer
  ) {
    forEachBlock(of: block.targets.count, atLeast: block.leastRows) { range in
      for row in range {
        let p = block.distribution(logits, row)
        let result = statistics.pointer + (block.start &+ row)
        result[0] = p.logProbability(of: block.target(row))
        result[block.total] = p.entropy()
        var divergence: Float = 0
        if let pair = block.pair(logits, other, row), let kind = block.comparison?.divergence {
          divergence = pair.value(of: kind, topK: block.topK)
        }
        result[2 &* block.total] = divergence
      }
    }
  }

  /// Replaces logits by the gradient of `Σ g₁ log p(target) + g₂ H + g₃ D` by them.
  ///
  /// With `z = logits / T`: `∂log p(y)/∂zⱼ = [j = y] − pⱼ`, `∂H/∂zⱼ = −pⱼ (log pⱼ + H)`; for `∂D/∂zⱼ`
  /// see `DistributionPair.writeSlopes`.
  public static func backward(
    _ logits: FloatBuffer, other: FloatBuffer?, block: Block, upstream: FloatBuffer
  ) {
    forEachBlock(of: block.targets.count, atLeast: block.leastRows) { range in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: block.columns) { memory in
        guard let slopes = memory.baseAddress else { return }
        for row in range {
          let g = upstream.source + (block.start &+ row)
          let ofDivergence = g[2 &* block.total]
          var divergence: (g: Float, slopes: Source)?
          if ofDivergence != 0, let kind = block.comparison?.divergence,
            let pair = block.pair(logits, other, row)
          {
            pair.writeSlopes(of: kind, topK: block.topK, into: slopes)
            divergence = (ofDivergence, Source(slopes))
          }
          replace(
            block.distribution(logits, row), by: logits.pointer + row &* block.columns,
            token: Int(block.target(row)), g[0], g[block.total], divergence)
        }
      }
    }
  }

  private static func replace(
    _ p: TokenDistribution, by target: Target, token: Int, _ g: Float, _ gEntropy: Float,
    _ divergence: (g: Float, slopes: Source)?
  ) {
    let entropy = gEntropy == 0 ? 0 : p.entropy()
    forEachColumn(p.count) { column, width in
      let probability = p.probabilities(column, width)
      var gradient = splat(-g) * probability
      if gEntropy != 0 {
        let slope = probability * (p.logProbabilities(column, width) + splat(entropy))
        gradient = fused(splat(-gEntropy), slope, gradient)
      }
      if let (g, slopes) = divergence {
        gradient = fused(splat(g), load(slopes + column, first: width), gradient)
      }
      if token >= column && token < column &+ width { gradient[token &- column] += g }
      store(gradient * p.inverseTemperature, target + column, first: width)
    }
  }
}

extension DistributionPair {
  fileprivate func value(of kind: TokenDivergence, topK k: Int) -> Float {
    if k == 0 { return value(of: kind) }
    return withBuckets(k) { $0.coarse.value(of: kind) }
  }

  fileprivate func writeSlopes(of kind: TokenDivergence, topK k: Int, into slopes: Target) {
    if k == 0 { return writeSlopes(of: kind, into: slopes) }
    withBuckets(k) { $0.writeSlopes(of: kind, into: slopes) }
  }
}
