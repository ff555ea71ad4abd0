import Vectors

/// Rotary position embedding in Hugging Face's half-split layout (Su et al., 2021).
///
/// Dimension `i < d/2` of a head turns with `i + d/2` by `position · frequency(i)`.
public enum Rotary {
  /// Rotates rows of `heads` × `width`; `inverse` turns back, which is the gradient's direction.
  ///
  /// `cosines` and `sines` are tables `[positions, width / 2]`. With `accumulate` adds to `y`.
  public static func rotate(
    _ x: FloatBuffer, positions: [Int32], heads: Int, width: Int, cosines: FloatBuffer,
    sines: FloatBuffer, inverse: Bool, into y: FloatBuffer, accumulate: Bool
  ) {
    let half = width / 2
    forEachBlock(of: positions.count, atLeast: 64) { range in
      for row in range {
        let table = Int(positions[row]) &* half
        for head in 0..<heads {
          let offset = (row &* heads &+ head) &* width
          let input = x.source + offset
          let output = y.pointer + offset
          forEachColumn(half) { column, count in
            let cosine = load(cosines.source + table + column, first: count)
            let sine = load(sines.source + table + column, first: count)
            let turn = inverse ? -sine : sine
            let a = load(input + column, first: count)
            let b = load(input + half + column, first: count)
            var first = fused(a, cosine, -(b * turn))
            var second = fused(b, cosine, a * turn)
            if accumulate {
              first += load(Source(output) + column, first: count)
              second += load(Source(output) + half + column, first: count)
            }
            store(first, output + column, first: count)
            store(second, output + half + column, first: count)
          }
        }
      }
    }
  }
}
