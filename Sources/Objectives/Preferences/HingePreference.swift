import TensorCore

/// The hinge loss, `max(0, 1 - βd)`: of log-probabilities it is SLiC's (Zhao et al., 2023).
public func hingePreference(_ margins: Tensor, beta: Float) -> Tensor {  // [P]
  let slack = margins.affine(scale: -beta, offset: 1)
  return slack.maximum(.zeros(slack.shape))
}
