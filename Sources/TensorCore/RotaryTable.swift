import Kernels
import Randomness

/// Cosines and sines of every position, for rotary embeddings of one head width.
public struct RotaryTable: Sendable {
  let positions, width: Int
  let cosines, sines: FloatBuffer

  /// `frequencies` are radians per position for each of the `width / 2` pairs of dimensions.
  public init(positions: Int, frequencies: [Double]) {
    self.positions = positions
    width = 2 * frequencies.count
    var cosines: [Float] = []
    var sines: [Float] = []
    cosines.reserveCapacity(positions * frequencies.count)
    sines.reserveCapacity(positions * frequencies.count)
    for position in 0..<positions {
      for frequency in frequencies {
        let angle = ElementaryFunctions.cosineAndSine(Double(position) * frequency)
        cosines.append(Float(angle.cosine))
        sines.append(Float(angle.sine))
      }
    }
    (self.cosines, self.sines) = (FloatBuffer(cosines), FloatBuffer(sines))
  }

  /// Rows of `heads` at their positions.
  func rotated(_ x: FloatBuffer, _ positions: [Int32], heads: Int) -> FloatBuffer {
    let y = FloatBuffer(count: x.count)
    Rotary.rotate(
      x, positions: positions, heads: heads, width: width, cosines: cosines, sines: sines,
      inverse: false, into: y, accumulate: false)
    return y
  }

  /// What a gradient by rotated rows is by the rows themselves.
  func rotateBack(
    _ gradient: FloatBuffer, _ positions: [Int32], heads: Int, into sum: FloatBuffer,
    accumulate: Bool
  ) {
    Rotary.rotate(
      gradient, positions: positions, heads: heads, width: width, cosines: cosines, sines: sines,
      inverse: true, into: sum, accumulate: accumulate)
  }
}
