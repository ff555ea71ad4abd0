/// Every differentiable operation. The finite-difference table must have a row for each case.
public enum Operation: String, CaseIterable, Sendable {
  case linear, embedding, rmsNorm, attention, swiGLU, tokenStatistics, recomputed
  case product, transposedProduct, add, subtract, multiply, divide, affine, exponential, squareRoot
  case minimum, clamp, sum, row, flatten, segmentSums, gather
  case logistic, logSigmoid, logOneMinusExponential
}
