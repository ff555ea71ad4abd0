import TensorCore

/// `decay · old + (1 − decay) · new`, from 0.
func decayingMean(_ old: Tensor?, _ new: Tensor, decay: Double) -> Tensor {
  let share = new * Float(1 - decay)
  return old.map { $0 * Float(decay) + share } ?? share
}
