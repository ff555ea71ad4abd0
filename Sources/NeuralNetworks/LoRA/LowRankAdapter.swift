import TensorCore

/// What an adapter adds to a linear map: `scale · (x Aᵀ) Bᵀ`.
public struct LowRankAdapter: Sendable {
  public let a: Tensor  // [r, in]
  public let b: Tensor  // [out, r]
  public let scale: Float

  init(a: Tensor, b: Tensor, scale: Float) { (self.a, self.b, self.scale) = (a, b, scale) }

  /// Continues each element's chain of additions in `y`; the scale is taken where rows are short.
  func callAsFunction(_ x: Tensor, chosen: [Int32]?, addingTo y: Tensor) -> Tensor {
    (x.linear(a, chosen: chosen) * scale).linear(b, addingTo: y)
  }
}
