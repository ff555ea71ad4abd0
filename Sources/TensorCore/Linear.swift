import Kernels

extension Tensor {
  /// `y = x Wᵀ`, plus `bias` and `residual` where given: each element is one chain that starts there.
  ///
  /// `self` is `[N, in]`, `weight` `[out, in]`, `bias` `[out]`, `residual` and the result `[N, out]`;
  /// with `chosen` rows, which rise, `x` is those of `self`, and `N` their number.
  public func linear(
    _ weight: Tensor, bias: Tensor? = nil, chosen: [Int32]? = nil,
    addingTo residual: Tensor? = nil
  ) -> Tensor {
    precondition(
      shape.rank == 2 && weight.shape.rank == 2 && shape[1] == weight.shape[1],
      "linear: \(shape) and a weight of \(weight.shape)")
    let (rows, inputs, outputs) = (chosen?.count ?? shape[0], shape[1], weight.shape[0])
    precondition(
      bias.map { $0.shape == [outputs] } ?? true, "linear: a bias of \(bias?.shape ?? [])")
    precondition(
      residual.map { $0.shape == [rows, outputs] } ?? true,
      "linear: a residual of \(residual?.shape ?? []) to \([rows, outputs] as Shape)")
    let y = FloatBuffer(count: rows * outputs)
    let input = chosen.map { Tensor.rows($0, of: buffer, width: inputs) } ?? buffer
    MatrixProduct.timesTransposed(
      input, weight.buffer, rows: rows, inputs: inputs, outputs: outputs, into: y,
      from: Tensor.start(rows, outputs, bias: bias, residual: residual))
    let node = node
    return .recorded(
      .linear, [rows, outputs], y, inputs: [self, weight] + [bias, residual].compactMap { $0 }
    ) { upstream in
      if let node = weight.node {
        MatrixProduct.transposedTimes(
          upstream, input, rows: rows, inputs: inputs, outputs: outputs, into: node.sum())
      }
      if let node = bias?.node {
        Reduction.addColumnSums(upstream, rows: rows, width: outputs, into: node.sum())
      }
      if let node, let chosen {
        // The chains of the chosen rows go on from what those rows' gradients are already.
        let sum = node.sum()
        let dx = Tensor.rows(chosen, of: sum, width: inputs)
        MatrixProduct.times(
          upstream, weight.buffer, rows: rows, inputs: inputs, outputs: outputs, into: dx, from: dx)
        RowGather.scatter(dx, chosen, width: inputs, into: sum)
      } else if let node {
        let (dx, accumulate) = node.next()
        MatrixProduct.times(
          upstream, weight.buffer, rows: rows, inputs: inputs, outputs: outputs, into: dx,
          from: accumulate ? dx : nil)
      }
      residual?.node?.absorb(upstream)
    }
  }

  private static func rows(_ rows: [Int32], of x: FloatBuffer, width: Int) -> FloatBuffer {
    let chosen = FloatBuffer(count: rows.count * width)
    RowGather.gather(x, rows, width: width, into: chosen)
    return chosen
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
