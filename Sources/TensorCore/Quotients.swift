import Kernels

extension Tensor {
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "/: \(a.shape) and \(b.shape) differ")
    let c = FloatBuffer(count: a.count)
    Elementwise.divide(a.buffer, b.buffer, into: c)
    return .recorded(.divide, a.shape, c, inputs: [a, b]) { upstream in
      let share = FloatBuffer(count: c.count)  // upstream / b
      Elementwise.divide(upstream, b.buffer, into: share)
      if let node = a.node { Elementwise.add(node.sum(), share, into: node.sum()) }
      if let node = b.node {
        Elementwise.multiply(share, c, into: share)
        Elementwise.subtract(node.sum(), share, into: node.sum())
      }
    }
  }

  /// `√x`; the gradient is infinite at 0.
  public func squareRoot() -> Tensor {
    let c = FloatBuffer(count: count)
    Elementwise.squareRoots(of: buffer, into: c)
    let node = node
    return .recorded(.squareRoot, shape, c, inputs: [self]) { upstream in
      guard let node else { return }
      let share = FloatBuffer(count: c.count)  // upstream / √x
      Elementwise.divide(upstream, c, into: share)
      Elementwise.addScaled(node.sum(), share, 0.5, into: node.sum())
    }
  }
}
