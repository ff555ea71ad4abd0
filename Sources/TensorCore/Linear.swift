import Kernels

extension Tensor {
  /// `y = x Wᵀ`, plus `bias` and `residual` where given: each element is one chain that starts there.
  ///
  /// `self` is `[N, in]`, `weight` `[out, in]`, `bias` `[out]`, `residual` and the result `[N, out]`.
  public func linear(
    _ weight: Tensor, bias: Tensor? = nil, addingTo residual: Tensor? = nil
  ) -> Tensor {
    precondition(
      shape.rank == 2 && weight.shape.rank == 2 && shape[1] == weight.shape[1],
      "linear: \(shape) and a weight of \(weight.shape)")
    let (rows, inputs, outputs) = (shape[0], shape[1], weight.shape[0])
    precondition(
      bias.map { $0.shape == [outputs] } ?? true, "linear: a bias of \(bias?.shape ?? [])")
    precondition(
      residual.map { $0.shape == [rows, outputs] } ?? true,
      "linear: a residual of \(residual?.shape ?? []) to \([rows, outputs] as Shape)")
    let y = FloatBuffer(count: rows * outputs)
    MatrixProduct.timesTransposed(
      buffer, weight.buffer, rows: rows, inputs: inputs, outputs: outputs, into: y,
      from: Tensor.start(rows, outputs, bias: bias, residual: residual))
    let x = self
    return .recorded(
      .linear, [rows, outputs], y, inputs: [self, weight] + [bias, residual].compactMap { $0 }
    ) { upstream in
      if let node = weight.node {
        MatrixProduct.transposedTimes(
          upstream, x.buffer, rows: rows, inputs: inputs, outputs: outputs, into: node.sum())
      }
      if let node = bias?.node {
        Reduction.addColumnSums(upstream, rows: rows, width: outputs, into: node.sum())
      }
      if let node = x.node {
        let (dx, accumulate) = node.next()
        MatrixProduct.times(
          upstream, weight.buffer, rows: rows, inputs: inputs, outputs: outputs, into: dx,
          from: accumulate ? dx : nil)
      }
      residual?.node?.absorb(upstream)
    }
  }

  /// What the products are added to.
  private static func start(
    _ rows: Int, _ outputs: Int, bias: Tensor?, residual: Tensor?
  ) -> FloatBuffer? {
    guard let bias else { return residual?.buffer }
    let start = FloatBuffer(count: rows * outputs)
    Reduction.broadcast(bias.buffer, rows: rows, width: outputs, into: start)
    if let residual { Elementwise.add(residual.buffer, start, into: start) }
    return start
  }
}
