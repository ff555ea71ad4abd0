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
    public var divergence: TokenDivergence?
    public var start, total: Int

    public init(
      columns: Int, targets: ArraySlice<Int32>, inverseTemperature: Float,
      divergence: TokenDivergence?, start: Int, total: Int
    ) {
      (self.columns, self.targets) = (columns, targets)
      (self.inverseTemperature, self.divergence) = (inverseTemperature, divergence)
      (self.start, self.total) = (start, total)
    }

    fileprivate func distribution(_ logits: FloatBuffer, _ row: Int) -> TokenDistribution {
      TokenDistribution(
        logits.source + row &* columns, count: columns, inverseTemperature: inverseTemperature)
    }

    fileprivate func target(_ row: Int) -> Int32 { targets[targets.startIndex &+ row] }
    fileprivate var leastRows: Int { max(1, 4096 / columns) }
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
        if let other, let kind = block.divergence {
          divergence = p.divergence(kind, from: block.distribution(other, row))
        }
        result[2 &* block.total] = divergence
      }
    }
  }

  /// Replaces logits by the gradient of `Σ g₁ log p(target) + g₂ H + g₃ D` by them.
  ///
  /// With `z = logits / T`: `∂log p(y)/∂zⱼ = [j = y] − pⱼ`, `∂H/∂zⱼ = −pⱼ (log pⱼ + H)`,
  /// `∂KL(p‖q)/∂zⱼ = pⱼ (log pⱼ − log qⱼ − KL)`, `∂KL(q‖p)/∂zⱼ = pⱼ − qⱼ`.
  public static func backward(
    _ logits: FloatBuffer, other: FloatBuffer?, block: Block, upstream: FloatBuffer
  ) {
    forEachBlock(of: block.targets.count, atLeast: block.leastRows) { range in
      for row in range {
        let g = upstream.source + (block.start &+ row)
        replace(
          block.distribution(logits, row), by: logits.pointer + row &* block.columns,
          token: Int(block.target(row)), g[0], g[block.total], g[2 &* block.total],
          other.map { block.distribution($0, row) }, block)
      }
    }
  }

  private static func replace(
    _ p: TokenDistribution, by target: Target, token: Int, _ g: Float, _ gEntropy: Float,
    _ gDivergence: Float, _ other: TokenDistribution?, _ block: Block
  ) {
    let entropy = gEntropy == 0 ? 0 : p.entropy()
    let q = gDivergence == 0 ? nil : other
    var distance: Float = 0
    if let q, block.divergence == .reverseKL { distance = p.divergence(.reverseKL, from: q) }
    forEachColumn(block.columns) { column, width in
      let probability = p.probabilities(column, width)
      var gradient = splat(-g) * probability
      if gEntropy != 0 {
        let slope = probability * (p.logProbabilities(column, width) + splat(entropy))
        gradient = fused(splat(-gEntropy), slope, gradient)
      }
      if let q {
        let slope: Vector
        if block.divergence == .forwardKL {
          slope = probability - q.probabilities(column, width)
        } else {
          let gap = p.logProbabilities(column, width) - q.logProbabilities(column, width)
          slope = probability * (gap - splat(distance))
        }
        gradient = fused(splat(gDivergence), slope, gradient)
      }
      if token >= column && token < column &+ width { gradient[token &- column] += g }
      store(gradient * p.inverseTemperature, target + column, first: width)
    }
  }
}
