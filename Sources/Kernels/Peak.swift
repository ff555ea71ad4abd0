import Vectors

/// The processor's own limit: fused multiply-adds between registers and nothing else.
public enum Peak {
  /// Runs 24 independent chains and returns how many operations that were.
  @inline(never)
  public static func run() -> Double {
    let steps = 1_000_000
    let (first, second) = chains(
      InlineArray<12, Vector>(repeating: splat(1)), steps, splat(0.999_999), splat(1e-6))
    // The sum is used, or the loop would be dropped.
    return Double(steps * 24 * 2 * lanes) + (sum(first + second) < 0 ? 1 : 0)
  }

  @inline(always)
  private static func chains<let count: Int>(
    _ start: InlineArray<count, Vector>, _ steps: Int, _ factor: Vector, _ term: Vector
  ) -> (Vector, Vector) {
    var left = start
    var right = start
    for _ in 0..<steps {
      for chain in 0..<count {
        left[chain] = term.addingProduct(left[chain], factor)
        right[chain] = term.addingProduct(right[chain], factor)
      }
    }
    var sums = (Vector.zero, Vector.zero)
    for chain in 0..<count { sums = (sums.0 + left[chain], sums.1 + right[chain]) }
    return sums
  }
}
