import Kernels

extension Tensor {
  /// `x · y` of `[N, K]` and `[K, M]`; each element is one chain over `K`.
  public func product(_ other: Tensor) -> Tensor {
    precondition(
      shape.rank == 2 && other.shape.rank == 2 && shape[1] == other.shape[0],
      "product: \(shape) and \(other.shape)")
    let (rows, depth, columns) = (shape[0], shape[1], other.shape[1])
    let c = FloatBuffer(count: rows * columns)
    MatrixProduct.times(
      buffer, other.buffer, rows: rows, inputs: columns, outputs: depth, into: c)
    let x = self
    return .recorded(.product, [rows, columns], c, inputs: [self, other]) { upstream in
      if let node = x.node {
        let (dx, accumulate) = node.next()
        MatrixProduct.timesTransposed(
          upstream, other.buffer, rows: rows, inputs: columns, outputs: depth, into: dx,
          from: accumulate ? dx : nil)
      }
      if let node = other.node {
        MatrixProduct.transposedTimes(
          x.buffer, upstream, rows: rows, inputs: columns, outputs: depth, into: node.sum())
      }
    }
  }

  /// `xᵀ · y` of `[K, N]` and `[K, M]`; each element is one chain over `K`.
  public func transposedProduct(_ other: Tensor) -> Tensor {
    precondition(
      shape.rank == 2 && other.shape.rank == 2 && shape[0] == other.shape[0],
      "transposedProduct: \(shape) and \(other.shape)")
    let (depth, rows, columns) = (shape[0], shape[1], other.shape[1])
    let c = FloatBuffer(zeros: rows * columns)
    MatrixProduct.transposedTimes(
      buffer, other.buffer, rows: depth, inputs: columns, outputs: rows, into: c)
    let x = self
    return .recorded(.transposedProduct, [rows, columns], c, inputs: [self, other]) { upstream in
      if let node = x.node {  // dx = y · upstreamᵀ
        let (dx, accumulate) = node.next()
        MatrixProduct.timesTransposed(
          other.buffer, upstream, rows: depth, inputs: columns, outputs: rows, into: dx,
          from: accumulate ? dx : nil)
      }
      if let node = other.node {  // dy = x · upstream
        let (dy, accumulate) = node.next()
        MatrixProduct.times(
          x.buffer, upstream, rows: depth, inputs: columns, outputs: rows, into: dy,
          from: accumulate ? dy : nil)
      }
    }
  }
}
