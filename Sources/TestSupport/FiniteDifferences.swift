import TensorCore

/// The gradient of the scalar `body(x)` by central differences, for comparison.
public func centralDifferences(
  of x: Tensor, step: Float = 1e-2, _ body: (Tensor) -> Tensor
) -> [Double] {
  let values = x.values
  return values.indices.map { index in
    func at(_ offset: Float) -> (position: Float, loss: Double) {
      var moved = values
      moved[index] += offset
      return (moved[index], Double(body(Tensor(moved, shape: x.shape)).value))
    }
    // The step as rounded, not as asked for.
    let (above, below) = (at(step), at(-step))
    return (above.loss - below.loss) / Double(above.position - below.position)
  }
}

/// `‖a − b‖₂ / ‖b‖₂`, or `‖a‖₂` when `b` is zero.
public func relativeError(_ a: [Double], _ b: [Double]) -> Double {
  let difference = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
  let norm = b.reduce(0) { $0 + $1 * $1 }.squareRoot()
  return norm == 0 ? difference : difference / norm
}
