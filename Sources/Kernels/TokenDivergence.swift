import Vectors

/// Functions of two next-token distributions `p` (trained) and `q` (fixed).
public enum TokenDivergence: Sendable, Hashable {
  /// `KL(p ‖ q) = Σ p (log p − log q)`.
  case reverseKL
  /// `KL(q ‖ p) = Σ q (log q − log p)`.
  case forwardKL
  /// `a KL(p ‖ m) + b KL(q ‖ m)` with `m = (1 − β) p + β q` and `0 < β < 1`: as it is, `a = 1 − β` and
  /// `b = β`; divided by `β (1 − β)`, `a = 1 / β` and `b = 1 / (1 − β)`.
  case jensenShannon(beta: Float, isNormalized: Bool)
  /// `−Σ r log p` with `r = (1 − ε) q + ε / V`.
  case crossEntropy(smoothing: Float)
}

/// How rows are compared with another model's.
public struct TokenComparison: Sendable {
  /// `nil`: no divergence is wanted, only figures.
  public var divergence: TokenDivergence?
  /// So many of `q`'s most probable tokens stay apart and the rest is one bucket; 0: all stay apart.
  public var topK: Int
  /// Of the other model.
  public var inverseTemperature: Float

  public init(_ divergence: TokenDivergence?, topK: Int, inverseTemperature: Float) {
    (self.divergence, self.topK) = (divergence, topK)
    self.inverseTemperature = inverseTemperature
  }
}

/// Two distributions over the same outcomes, `p` trained and `q` fixed.
struct DistributionPair {
  let p, q: TokenDistribution

  func value(of kind: TokenDivergence) -> Float {
    var total = Vector.zero
    forEachColumn(p.count) { column, width in
      switch kind {
      case .reverseKL: total = fused(p.probabilities(column, width), gap(column, width), total)
      case .forwardKL: total = fused(q.probabilities(column, width), -gap(column, width), total)
      case .jensenShannon(let beta, let isNormalized):
        let (ofP, ofQ) = gapsToMixture(column, width, beta)
        let a = isNormalized ? 1 / beta : 1 - beta
        let b = isNormalized ? 1 / (1 - beta) : beta
        total = fused(splat(a) * p.probabilities(column, width), ofP, total)
        total = fused(splat(b) * q.probabilities(column, width), ofQ, total)
      case .crossEntropy(let smoothing):
        total = fused(labels(column, width, smoothing), -p.logProbabilities(column, width), total)
      }
    }
    return sum(total)
  }

  /// Writes `∂D/∂zⱼ` by the scaled logits `z` of `p`.
  ///
  /// `pⱼ (log pⱼ − log qⱼ − KL(p‖q))`, `pⱼ − qⱼ`, `a pⱼ (log pⱼ − log mⱼ − KL(p‖m))`, `pⱼ − rⱼ`.
  func writeSlopes(of kind: TokenDivergence, into slopes: Target) {
    switch kind {
    case .reverseKL:
      let mean = value(of: .reverseKL)
      forEachColumn(p.count) { column, width in
        let slope = p.probabilities(column, width) * (gap(column, width) - splat(mean))
        store(slope, slopes + column, first: width)
      }
    case .forwardKL:
      forEachColumn(p.count) { column, width in
        let slope = p.probabilities(column, width) - q.probabilities(column, width)
        store(slope, slopes + column, first: width)
      }
    case .jensenShannon(let beta, let isNormalized):
      var total = Vector.zero
      forEachColumn(p.count) { column, width in
        total = fused(
          p.probabilities(column, width), gapsToMixture(column, width, beta).ofP, total)
      }
      let mean = sum(total)
      let a = isNormalized ? 1 / beta : 1 - beta
      forEachColumn(p.count) { column, width in
        let gap = gapsToMixture(column, width, beta).ofP - splat(mean)
        store(splat(a) * p.probabilities(column, width) * gap, slopes + column, first: width)
      }
    case .crossEntropy(let smoothing):
      forEachColumn(p.count) { column, width in
        let slope = p.probabilities(column, width) - labels(column, width, smoothing)
        store(slope, slopes + column, first: width)
      }
    }
  }

  /// `log p − log q`.
  @inline(always) private func gap(_ column: Int, _ width: Int) -> Vector {
    p.logProbabilities(column, width) - q.logProbabilities(column, width)
  }

  /// `log p − log m` and `log q − log m`.
  ///
  /// From whichever weighs more in `m`: `log m − log p = log(1 + β (eᵈ − 1))` with `d = log q − log p`,
  /// whose error is a share of `β d`, so that dividing by `β` leaves it small.
  @inline(always) private func gapsToMixture(
    _ column: Int, _ width: Int, _ beta: Float
  ) -> (ofP: Vector, ofQ: Vector) {
    let difference = gap(column, width)
    if beta > 0.5 {
      let rise = riseToMixture(difference, share: 1 - beta)
      return (difference - rise, -rise)
    }
    let rise = riseToMixture(-difference, share: beta)
    return (-rise, -difference - rise)
  }

  /// `log(1 + share (eᵈ − 1))`; beyond `d = 80` it rises as `d` does.
  @inline(always) private func riseToMixture(_ difference: Vector, share: Float) -> Vector {
    let bounded = smaller(difference, splat(80))
    return logarithmOfOnePlus(splat(share) * exponentialMinusOne(bounded)) + (difference - bounded)
  }

  /// `(1 − ε) q + ε / V`, and 0 beyond the last column.
  @inline(always) private func labels(
    _ column: Int, _ width: Int, _ smoothing: Float
  ) -> Vector {
    let isOutside = laneNumbers .>= SIMD16<Int32>(repeating: Int32(truncatingIfNeeded: width))
    let even = splat(smoothing / Float(p.count)).replacing(with: Vector.zero, where: isOutside)
    return fused(splat(1 - smoothing), q.probabilities(column, width), even)
  }
}
