import Objectives

/// How far an estimator's gradient is from the true one, on average and from group to group.
///
/// `g` is the estimate from one group, `t` the exact gradient; norms are Euclidean, over all logits.
public struct Bias: Sendable, Equatable {
  /// `‖E g - t‖ / ‖t‖`.
  public let bias: Double
  /// Of the angle between `E g` and `t`; none where `E g` is 0 but for rounding.
  public let cosine: Double?
  /// `⟨E g, t⟩ / ‖t‖²`: with a cosine of 1 all that is wrong is a learning rate's affair.
  public let scale: Double
  /// `E ‖g - E g‖² / ‖t‖²`.
  public let variance: Double
  /// `E ‖g - E g‖² / ‖E g‖²`: the variance whatever the scale.
  public let noise: Double?
  /// The share of ratios at which the clip acted; none where the loss has none.
  public let clipped: Double?
}

extension World {
  /// The estimator's bias and variance over all groups of `groupSize` completions.
  public func bias(of estimator: Estimator, groupSize: Int, _ sampling: Sampling) -> Bias {
    let moments = moments(of: estimator, groupSize: groupSize, sampling)
    let truth = gradient(of: estimator.objective)
    let (mean, square) = (moments.mean, dot(truth, truth))
    let error = zip(mean, truth).map { $0 - $1 }
    let length = dot(mean, mean)
    // Float's rounding leaves this much of a gradient whose expectation is 0.
    let isZero = length < 1e-12 * square
    return Bias(
      bias: (dot(error, error) / square).squareRoot(),
      cosine: isZero ? nil : dot(mean, truth) / (length * square).squareRoot(),
      scale: dot(mean, truth) / square, variance: moments.spread / square,
      noise: isZero ? nil : moments.spread / length, clipped: moments.clipped)
  }

  /// An estimator's mean, `E ‖g - E g‖²`, and the share of clipped ratios, over all groups.
  public func moments(
    of estimator: Estimator, groupSize: Int, _ sampling: Sampling
  ) -> (mean: [Double], spread: Double, clipped: Double?) {
    let sampler = sampler(sampling)
    let steps = groups(of: groupSize, from: probabilities(under: sampler)).map { group in
      (group.probability, step(on: group.members, sampledBy: sampler, estimator.loss))
    }
    var mean = Array(repeating: 0.0, count: policy.count)
    var (clipped, counted) = (0.0, 0.0)
    for (probability, step) in steps {
      for index in mean.indices { mean[index] += probability * step.gradient[index] }
      for name in Self.clipShares {
        guard case .mean(let sum, let weight)? = step.metrics.values[name] else { continue }
        clipped += probability * sum
        counted += probability * weight
      }
    }
    let spread = steps.reduce(0.0) { sum, step in
      let distance = zip(step.1.gradient, mean).map { $0 - $1 }
      return sum + step.0 * dot(distance, distance)
    }
    return (mean, spread, counted > 0 ? clipped / counted : nil)
  }

  /// What the objectives report of their clip; a loss has one of them.
  private static let clipShares = ["clip_ratio/region_mean", "cispo_clip_ratio"]
}

func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
