import TensorCore

/// ORPO's odds-ratio term, `-log σ(log odds⁺ - log odds⁻)` with `odds = p / (1 - p)` of the mean
/// log-probability a token (Hong et al., 2024, equation 7): it needs no reference.
public func oddsRatioPreference(meanLogProbs: PairScores) -> Tensor {  // [P]
  -logOddsRatios(meanLogProbs: meanLogProbs).logSigmoid()
}

/// `(ℓ⁺ - ℓ⁻) - (log(1 - e^ℓ⁺) - log(1 - e^ℓ⁻))` of mean log-probabilities.
public func logOddsRatios(meanLogProbs: PairScores) -> Tensor {  // [P]
  meanLogProbs.margins - meanLogProbs.map { $0.logOneMinusExponential() }.margins
}
