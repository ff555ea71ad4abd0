import TensorCore

/// `y = x Wᵀ + b`, and what an adapter adds: the one linear map that every family uses.
public struct Linear: Sendable {
  public let weight: Tensor  // [out, in]
  public let bias: Tensor?  // [out]
  public let adapter: LowRankAdapter?

  public init(weight: Tensor, bias: Tensor? = nil, adapter: LowRankAdapter? = nil) {
    (self.weight, self.bias, self.adapter) = (weight, bias, adapter)
  }

  /// Rows `[N, in]`, or the `chosen` ones of them, to `[N, out]`; a residual starts each element's
  /// chain of additions.
  public func callAsFunction(
    _ x: Tensor, chosen: [Int32]? = nil, addingTo residual: Tensor? = nil
  ) -> Tensor {
    let y = x.linear(weight, bias: bias, chosen: chosen, addingTo: residual)
    return adapter.map { $0(x, chosen: chosen, addingTo: y) } ?? y
  }
}
