import Kernels

extension Tensor {
  /// The rows `ids` of an embedding table `[V, D]`, as `[N, D]`.
  public func embedding(_ ids: [Int32]) -> Tensor {
    precondition(shape.rank == 2, "embedding: expected [V, D], found \(shape)")
    let (rows, width) = (shape[0], shape[1])
    for id in ids { precondition(id >= 0 && id < rows, "embedding: \(id) is not in 0..<\(rows)") }
    let y = FloatBuffer(count: ids.count * width)
    RowGather.gather(buffer, ids, width: width, into: y)
    let node = node
    return .recorded(.embedding, [ids.count, width], y, inputs: [self]) { upstream in
      if let node { RowGather.scatterAdd(upstream, ids, width: width, into: node.sum()) }
    }
  }

  /// `x · w / √(mean(x²) + ε)` of each row of `[N, D]`, for a weight `[D]`.
  public func rmsNorm(_ weight: Tensor, epsilon: Float) -> Tensor {
    precondition(
      shape.rank == 2 && weight.shape == [shape[1]],
      "rmsNorm: \(shape) and a weight of \(weight.shape)")
    let (rows, width) = (shape[0], shape[1])
    let y = FloatBuffer(count: rows * width)
    let inverses = FloatBuffer(count: rows)
    RMSNorm.forward(
      buffer, weight: weight.buffer, rows: rows, width: width, epsilon: epsilon, into: y,
      inverses: inverses)
    let x = self
    return .recorded(.rmsNorm, shape, y, inputs: [self, weight]) { upstream in
      if let node = weight.node {
        RMSNorm.backwardWeight(
          upstream, x: x.buffer, inverses: inverses, rows: rows, width: width, into: node.sum())
      }
      if let node = x.node {
        let (dx, accumulate) = node.next()
        RMSNorm.backward(
          upstream, x: x.buffer, weight: weight.buffer, inverses: inverses, rows: rows,
          width: width, into: dx, accumulate: accumulate)
      }
    }
  }

  /// `a · σ(a) · b` elementwise, with `self` the gate `a`.
  public func swiGLU(_ up: Tensor) -> Tensor {
    precondition(shape == up.shape, "swiGLU: \(shape) and \(up.shape) differ")
    let y = FloatBuffer(count: count)
    SwiGLU.forward(buffer, up.buffer, into: y)
    let gate = self
    return .recorded(.swiGLU, shape, y, inputs: [self, up]) { upstream in
      SwiGLU.backward(
        upstream, gate: gate.buffer, up: up.buffer, intoGate: gate.node?.next(),
        intoUp: up.node?.next())
    }
  }
}
