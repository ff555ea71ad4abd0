import Kernels

extension Tensor {
  /// `σ(x) = 1 / (1 + e⁻ˣ)`.
  public func logistic() -> Tensor {
    let c = FloatBuffer(count: count)
    Elementwise.logistics(of: buffer, into: c)
    let x = self
    return .recorded(.logistic, shape, c, inputs: [self]) { upstream in
      if let node = x.node { Elementwise.addLogisticSlope(at: x.buffer, upstream, to: node.sum()) }
    }
  }

  /// `log σ(x)`: precise where `σ(x)` rounds to 1, finite where it rounds to 0.
  public func logSigmoid() -> Tensor {
    let c = FloatBuffer(count: count)
    Elementwise.logSigmoids(of: buffer, into: c)
    let x = self
    return .recorded(.logSigmoid, shape, c, inputs: [self]) { upstream in
      if let node = x.node {
        Elementwise.addLogSigmoidSlope(at: x.buffer, upstream, to: node.sum())
      }
    }
  }

  /// `log(1 − eˣ)` of a log-probability; the argument is held at most `-2⁻²⁰`.
  public func logOneMinusExponential() -> Tensor {
    let c = FloatBuffer(count: count)
    Elementwise.logarithmsOfOneMinusExponential(of: buffer, into: c)
    let x = self
    return .recorded(.logOneMinusExponential, shape, c, inputs: [self]) { upstream in
      if let node = x.node {
        Elementwise.addLogarithmOfOneMinusExponentialSlope(
          at: x.buffer, upstream, to: node.sum())
      }
    }
  }
}
