import TensorCore

/// Identity preference optimization, `(d - 1/(2β))²` (Azar et al., 2023, equation 17).
///
/// The paper's margins are of sums; TRL's are of means over tokens.
public func identityPreference(_ margins: Tensor, beta: Float) -> Tensor {  // [P]
  let distance = margins - 1 / (2 * beta)
  return distance * distance
}
