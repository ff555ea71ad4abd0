import TensorCore

/// How likely the policy itself is to say a pair: `Π exp((1/n) Σ_t (log p - log Σ_v p_v²))` over its
/// two completions, a constant that weighs the pair (WPO, Zhou et al., 2024, aligned by
/// sampling). Dividing by `Σ_v p_v²`, the mean of `p` over its own draws, makes 1 the typical weight.
public func onPolicyWeights(
  logProbs: Tensor,  // [M]
  logSquaredNorms: Tensor,  // [M] log Σ_v p_v²
  tokens: PairedTokens
) -> Tensor {  // [P]
  let means = tokens.means(of: tokens.sums(of: logProbs.detached - logSquaredNorms.detached))
  return (means.chosen + means.rejected).exponential()
}

/// `log Σ_v p_v²` at temperature T without a further pass over the vocabulary: `2 log p - log p'` of
/// any one token, where `p'` is its probability at temperature T/2.
public func logSquaredNorms(logProbs: Tensor, atHalfTemperature halved: Tensor) -> Tensor {  // [M]
  logProbs.affine(scale: 2, offset: 0) - halved
}
