import Vectors

/// The processor's own limit: fused multiply-adds between registers and nothing else.
public enum Peak {
  /// Runs 24 independent chains and returns how many operations that were.
  public static func run() -> Double {
    // Read from memory: of constants the compiler knows that their lanes are equal, and takes the
    // chains apart.
    let numbers = FloatBuffer(zeros: 26 * lanes)
    let steps = 1_000_000
    let total = chains(
      InlineArray<12, Vector>(repeating: .zero), from: numbers.source, steps: steps)
    // The sum is used, or the loop would be dropped.
    return Double(steps * 24 * 2 * lanes) + Double(sum(total))
  }

  @inline(never)
  private static func chains<let count: Int>(
    _ zeros: InlineArray<count, Vector>, from numbers: Source, steps: Int
  ) -> Vector {
    let factor = load(numbers + 2 &* count &* lanes)
    let term = load(numbers + (2 &* count &+ 1) &* lanes)
    var left = zeros
    var right = zeros
    for chain in 0..<count {
      left[chain] = load(numbers + chain &* lanes)
      right[chain] = load(numbers + (chain &+ count) &* lanes)
    }
    for _ in 0..<steps {
      for chain in 0..<count {
        left[chain] = fused(left[chain], factor, term)
        right[chain] = fused(right[chain], factor, term)
      }
    }
    var total = Vector.zero
    for chain in 0..<count { total += left[chain] + right[chain] }
    return total
  }
}
