import Vectors

/// One update of AdamW (Loshchilov & Hutter, 2019), in one pass over the four buffers.
public enum AdamW {
  public struct Rates: Sendable {
    public var learningRate, beta1, beta2, epsilon, weightDecay: Float
    /// `1 − β₁ᵗ` and `1 − β₂ᵗ`, from running products: libm's `pow` has other bits elsewhere.
    public var correction1, correction2: Float

    public init(
      learningRate: Float, beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float,
      correction1: Float, correction2: Float
    ) {
      (self.learningRate, self.beta1, self.beta2) = (learningRate, beta1, beta2)
      (self.epsilon, self.weightDecay) = (epsilon, weightDecay)
      (self.correction1, self.correction2) = (correction1, correction2)
    }
  }

  /// `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`,
  /// `p ← p(1 − ηλ) − η/(1−β₁ᵗ) · m / (√v / √(1−β₂ᵗ) + ε)`; `gradientScale` multiplies `g` first.
  public static func update(
    _ p: FloatBuffer, gradient: FloatBuffer, gradientScale: Float, m: FloatBuffer, v: FloatBuffer,
    rates: Rates
  ) {
    p.dropPanels()
    let (b1, c1) = (splat(rates.beta1), splat(1 - rates.beta1))
    let (b2, c2) = (splat(rates.beta2), splat(1 - rates.beta2))
    let step = splat(-rates.learningRate / rates.correction1)
    let correction = splat(1 / squareRoot(splat(rates.correction2))[0])
    let decay = splat(1 - rates.learningRate * rates.weightDecay)
    forEachBlock(of: (p.count + lanes - 1) / lanes, atLeast: 256) { range in
      for vector in range {
        let i = vector &* lanes
        let g = load(gradient.source + i) * splat(gradientScale)
        let first = fused(b1, load(m.source + i), c1 * g)
        let second = fused(b2, load(v.source + i), c2 * g * g)
        let parameter = load(p.source + i)
        store(first, m.pointer + i)
        store(second, v.pointer + i)
        let scale = fused(squareRoot(second), correction, splat(rates.epsilon))
        store(fused(parameter, decay, step * first / scale), p.pointer + i)
      }
    }
  }
}
