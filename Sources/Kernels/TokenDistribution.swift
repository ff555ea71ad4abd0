import Vectors

/// One row of logits as a distribution: `pⱼ = e^{zⱼ − m} / s` with `z = logits / temperature`.
///
/// The sampler and the training forward call the same code on the same bits, which makes the
/// importance ratio exactly 1 on policy.
struct TokenDistribution {
  let logits: Source
  let count: Int
  let inverseTemperature: Vector
  let maximum: Float
  let total: Float
  let logTotal: Float

  init(_ logits: Source, count: Int, inverseTemperature: Float) {
    self.logits = logits
    self.count = count
    let scale = splat(inverseTemperature)
    self.inverseTemperature = scale
    var top = Vector(repeating: -.infinity)
    forEachColumn(count) { column, width in
      top = larger(top, load(logits + column, first: width, fill: -.infinity) * scale)
    }
    let maximum = Vectors.maximum(top)
    self.maximum = maximum
    var total = Vector.zero
    forEachColumn(count) { column, width in
      let z = load(logits + column, first: width, fill: -.infinity) * scale - splat(maximum)
      total += exponential(z).replacing(with: Vector.zero, where: z .== splat(-.infinity))
    }
    self.total = sum(total)
    logTotal = logarithm(self.total)
  }

  @inline(always) func logProbabilities(_ column: Int, _ width: Int) -> Vector {
    load(logits + column, first: width) * inverseTemperature - splat(maximum) - splat(logTotal)
  }

  @inline(always) func probabilities(_ column: Int, _ width: Int) -> Vector {
    let z =
      load(logits + column, first: width, fill: -.infinity) * inverseTemperature - splat(maximum)
    let weights = exponential(z).replacing(with: Vector.zero, where: z .== splat(-.infinity))
    return weights * splat(1 / total)
  }

  func logProbability(of token: Int32) -> Float {
    (logits[Int(token)] * inverseTemperature[0] - maximum) - logTotal
  }

  /// `−Σ p log p`.
  func entropy() -> Float {
    var total = Vector.zero
    forEachColumn(count) { column, width in
      total = fused(probabilities(column, width), logProbabilities(column, width), total)
    }
    return -sum(total)
  }
}
