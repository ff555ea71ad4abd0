import Kernels

extension Tensor {
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "+: \(a.shape) and \(b.shape) differ")
    let c = FloatBuffer(count: a.count)
    Elementwise.add(a.buffer, b.buffer, into: c)
    return .recorded(.add, a.shape, c, inputs: [a, b]) { upstream in
      if let node = a.node { Elementwise.add(node.sum(), upstream, into: node.sum()) }
      if let node = b.node { Elementwise.add(node.sum(), upstream, into: node.sum()) }
    }
  }

  public static func - (a: Tensor, b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "-: \(a.shape) and \(b.shape) differ")
    let c = FloatBuffer(count: a.count)
    Elementwise.subtract(a.buffer, b.buffer, into: c)
    return .recorded(.subtract, a.shape, c, inputs: [a, b]) { upstream in
      if let node = a.node { Elementwise.add(node.sum(), upstream, into: node.sum()) }
      if let node = b.node { Elementwise.subtract(node.sum(), upstream, into: node.sum()) }
    }
  }

  public static func * (a: Tensor, b: Tensor) -> Tensor {
    precondition(a.shape == b.shape, "*: \(a.shape) and \(b.shape) differ")
    let c = FloatBuffer(count: a.count)
    Elementwise.multiply(a.buffer, b.buffer, into: c)
    return .recorded(.multiply, a.shape, c, inputs: [a, b]) { upstream in
      if let node = a.node { Elementwise.addProduct(upstream, b.buffer, to: node.sum()) }
      if let node = b.node { Elementwise.addProduct(upstream, a.buffer, to: node.sum()) }
    }
  }

  /// `scale · x + offset`, rounded once.
  public func affine(scale: Float, offset: Float) -> Tensor {
    let c = FloatBuffer(count: count)
    Elementwise.affine(buffer, scale: scale, offset: offset, into: c)
    let node = node
    return .recorded(.affine, shape, c, inputs: [self]) { upstream in
      if let node { Elementwise.addScaled(node.sum(), upstream, scale, into: node.sum()) }
    }
  }

  public static func * (a: Tensor, scale: Float) -> Tensor { a.affine(scale: scale, offset: 0) }
  public static func * (scale: Float, a: Tensor) -> Tensor { a.affine(scale: scale, offset: 0) }
  public static func + (a: Tensor, offset: Float) -> Tensor { a.affine(scale: 1, offset: offset) }
  public static func - (a: Tensor, offset: Float) -> Tensor { a.affine(scale: 1, offset: -offset) }
  public static prefix func - (a: Tensor) -> Tensor { a.affine(scale: -1, offset: 0) }

  /// `eˣ`; the argument is held in ±87.3.
  public func exponential() -> Tensor {
    let c = FloatBuffer(count: count)
    Elementwise.exponentials(of: buffer, into: c)
    let node = node
    return .recorded(.exponential, shape, c, inputs: [self]) { upstream in
      if let node { Elementwise.addProduct(upstream, c, to: node.sum()) }
    }
  }

  /// The smaller of each pair; where they are equal the gradient goes to `self`.
  public func minimum(_ other: Tensor) -> Tensor {
    precondition(shape == other.shape, "minimum: \(shape) and \(other.shape) differ")
    let c = FloatBuffer(count: count)
    Elementwise.minimum(buffer, other.buffer, into: c)
    let a = self
    return .recorded(.minimum, shape, c, inputs: [self, other]) { upstream in
      if let node = a.node {
        Elementwise.addWhere(a.buffer, isAtMost: other.buffer, upstream, to: node.sum())
      }
      if let node = other.node {
        Elementwise.addWhere(a.buffer, exceeds: other.buffer, upstream, to: node.sum())
      }
    }
  }

  /// The larger of each pair; where they are equal the gradient goes to `self`.
  public func maximum(_ other: Tensor) -> Tensor { -((-self).minimum(-other)) }

  /// `min(max(x, low), high)`; the gradient is 1 inside and at the bounds, 0 outside.
  public func clamped(to range: ClosedRange<Float>) -> Tensor {
    let c = FloatBuffer(count: count)
    Elementwise.clamp(buffer, low: range.lowerBound, high: range.upperBound, into: c)
    let x = self
    return .recorded(.clamp, shape, c, inputs: [self]) { upstream in
      if let node = x.node {
        Elementwise.addWhere(x.buffer, isIn: range, upstream, to: node.sum())
      }
    }
  }

  /// The sum of all elements, taken in `Double`.
  public func sum() -> Tensor {
    let total = FloatBuffer([Float(Reduction.sum(buffer))])
    let node = node
    return .recorded(.sum, [], total, inputs: [self]) { upstream in
      if let node { Elementwise.addConstant(upstream[0], to: node.sum()) }
    }
  }
}
