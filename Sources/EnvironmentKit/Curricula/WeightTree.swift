import Randomness

/// Whole weights with prefix sums (Fenwick, 1994): drawing and changing take `log₂ n` steps.
///
/// Whole numbers make the sums exact, so a tree rebuilt from its weights draws the same indices.
struct WeightTree: Sendable {
  private(set) var weights: [Int]
  private(set) var total = 0
  private var sums: [Int]
  /// The largest power of two that is at most the number of weights.
  private let top: Int

  /// No weight may be negative.
  init(_ weights: [Int]) {
    self.weights = weights
    sums = [0] + weights
    top = weights.isEmpty ? 0 : 1 << (Int.bitWidth - 1 - weights.count.leadingZeroBitCount)
    for index in stride(from: 1, to: sums.count, by: 1) {
      let parent = index + (index & -index)
      if parent < sums.count { sums[parent] += sums[index] }
    }
    total = weights.reduce(0, +)
  }

  mutating func set(_ weight: Int, at index: Int) {
    let change = weight - weights[index]
    weights[index] = weight
    total += change
    var node = index + 1
    while node < sums.count {
      sums[node] += change
      node += node & -node
    }
  }

  /// An index with probability proportional to its weight.
  func draw(using random: inout RandomStream) -> Int { index(at: random.below(total)) }

  /// The index whose share of `0..<total` holds `position`.
  func index(at position: Int) -> Int {
    var (index, width, rest) = (0, top, position)
    while width > 0 {
      if index + width < sums.count, sums[index + width] <= rest {
        index += width
        rest -= sums[index]
      }
      width >>= 1
    }
    return index
  }
}
