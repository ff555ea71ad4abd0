extension Oracle {
  /// `x w / √(mean(x²) + ε)` of one row, and the inverse root.
  static func rmsNorm(
    _ x: [Float], weight: [Float], epsilon: Float
  ) -> (y: [Float], inverse: Float) {
    let squares = laneSum(x.count) { $1.addingProduct(x[$0], x[$0]) }
    let inverse = 1 / (squares / Float(x.count) + epsilon).squareRoot()
    return (zip(x, weight).map { $0 * inverse * $1 }, inverse)
  }

  /// `q g − q³ x mean(g x)` with `g = dy w`, continuing `start`.
  static func rmsNormBackward(
    _ dy: [Float], x: [Float], weight: [Float], inverse q: Float, start: [Float]
  ) -> [Float] {
    let g = zip(dy, weight).map { $0 * $1 }
    let mean = laneSum(x.count) { $1.addingProduct(g[$0], x[$0]) } / Float(x.count)
    let pull = -mean * q * q * q
    return x.indices.map {
      start[$0].addingProduct(g[$0], q).addingProduct(x[$0], pull)
    }
  }

  static func swiGLU(_ a: Float, _ b: Float) -> Float { a * logistic(a) * b }

  /// The gradients by gate and up, continuing `da` and `db`.
  static func swiGLUBackward(
    _ dy: Float, _ a: Float, _ b: Float, da: Float, db: Float
  ) -> (Float, Float) {
    let s = logistic(a)
    let silu = a * s
    let slope = s.addingProduct(silu, 1 - s)
    return (da.addingProduct(dy * b, slope), db.addingProduct(dy, silu))
  }

  /// One head turned by the angles of its half-split pairs.
  static func rotate(_ x: [Float], cosines: [Float], sines: [Float]) -> [Float] {
    let half = x.count / 2
    let first = (0..<half).map { i in
      (-(x[half + i] * sines[i])).addingProduct(x[i], cosines[i])
    }
    let second = (0..<half).map { i in
      (x[i] * sines[i]).addingProduct(x[half + i], cosines[i])
    }
    return first + second
  }

  /// One element's update: the new parameter and moments.
  static func adamW(
    _ p: Float, gradient: Float, gradientScale: Float, m: Float, v: Float, learningRate: Float,
    beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float, correction1: Float,
    correction2: Float
  ) -> (p: Float, m: Float, v: Float) {
    let g = gradient * gradientScale
    let first = ((1 - beta1) * g).addingProduct(beta1, m)
    let second = ((1 - beta2) * g * g).addingProduct(beta2, v)
    let denominator = epsilon.addingProduct(second.squareRoot(), 1 / correction2.squareRoot())
    let step = -learningRate / correction1 * first / denominator
    return (step.addingProduct(p, 1 - learningRate * weightDecay), first, second)
  }
}
