import Randomness
import TensorCore

/// Efficient exact optimization for pairs, `KL(q ‖ p)` with `q = (σ(βd), σ(-βd))` and
/// `p = (1-ε, ε)` (Ji et al., 2024).
public func exactPreference(
  _ margins: Tensor,  // [P]
  beta: Float, labelSmoothing epsilon: Float
) -> Tensor {  // [P]
  precondition(epsilon > 0 && epsilon < 1, "exactPreference: \(epsilon) is not between 0 and 1")
  let x = margins * beta
  let right = x.logistic() * (x.logSigmoid() - logarithm(1 - epsilon))
  let wrong = (-x).logistic() * ((-x).logSigmoid() - logarithm(epsilon))
  return right + wrong
}

private func logarithm(_ x: Float) -> Float { Float(ElementaryFunctions.logarithm(Double(x))) }
