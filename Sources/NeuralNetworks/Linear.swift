import TensorCore

/// `y = x Wᵀ + b`, and what an adapter adds: the one linear map that every family uses.
public struct Linear: Sendable {
  public let weight: Tensor  // [out, in]
  public let bias: Tensor?  // [out]
  public let adapter: LowRankAdapter?

  public init(weight: Tensor, bias: Tensor? = nil, adapter: LowRankAdapter? = nil) {
    (self.weight, self.bias, self.adapter) = (weight, bias, adapter)
  }

  /// Rows `[N, in]` to `[N, out]`; a residual starts each element's chain of additions.
  public func callAsFunction(_ x: Tensor, addingTo residual: Tensor? = nil) -> Tensor {
    let y = x.linear(weight, bias: bias, addingTo: residual)
    return adapter.map { $0(x, addingTo: y) } ?? y
  }
}
