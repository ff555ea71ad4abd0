import TensorCore

/// The log-ratio modulated loss that a language model found, `-(1-g) log σ(x) + g e⁻ˣ` with `x = βd`
/// and `g = σ(x/τ)` (Lu et al., "Discovering preference optimization algorithms", 2024).
public func discoveredPreference(
  _ margins: Tensor,  // [P]
  beta: Float, temperature tau: Float = 0.05
) -> Tensor {  // [P]
  let x = margins * beta
  let gate = (x * (1 / tau)).logistic()
  return gate * (-x).exponential() - (gate.affine(scale: -1, offset: 1)) * x.logSigmoid()
}
