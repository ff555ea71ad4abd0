import TensorCore
import Testing

/// The goldens' rule for `Float`: `|found - expected| <= 1e-5 + relative · |expected|`.
func isClose(_ found: Float, _ expected: Double, relative: Double) -> Bool {
  abs(Double(found) - expected) <= 1e-5 + relative * abs(expected)
}

/// Each element of a gradient, to the goldens' 1e-3.
func expectClose(
  _ found: Tensor, _ expected: [Double], _ comment: Comment,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let isEqual =
    found.count == expected.count
    && zip(found.values, expected).allSatisfy { isClose($0, $1, relative: 1e-3) }
  #expect(isEqual, comment, sourceLocation: sourceLocation)
}
