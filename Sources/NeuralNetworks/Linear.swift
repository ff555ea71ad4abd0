import TensorCore

/// `y = x Wᵀ + b`: the one linear map that every family uses.
public struct Linear: Sendable {
  public let weight: Tensor  // [out, in]
  public let bias: Tensor?  // [out]

  public init(weight: Tensor, bias: Tensor? = nil) { (self.weight, self.bias) = (weight, bias) }

  /// Rows `[N, in]` to `[N, out]`; a residual starts each element's chain of additions.
  public func callAsFunction(_ x: Tensor, addingTo residual: Tensor? = nil) -> Tensor {
    x.linear(weight, bias: bias, addingTo: residual)
  }
}
