/// A splittable, counter-based generator: streams are derived from a purpose, never shared.
///
/// Draw `n` of a stream is a pure function of its key and `n`: Philox4x32-10 (Salmon et al.,
/// "Parallel random numbers: as easy as 1, 2, 3", SC 2011), two 64-bit words a block. A run has
/// nothing to save or restore, and no result depends on batching, order or interruption.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private let key: UInt64
  private var position: UInt64 = 0
  private var spare: UInt64 = 0

  public init(seed: UInt64) { key = seed }

  /// The stream for `purpose` and `index`. Splitting does not advance this stream.
  public func split(_ purpose: String, _ index: Int = 0) -> RandomStream {
    var digest: UInt64 = 0xcbf2_9ce4_8422_2325  // FNV-1a
    for byte in purpose.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
    let (low, high) = philox(
      counter: (UInt64(bitPattern: Int64(index)), digest), key: key ^ 0x5851_f42d_4c95_7f2d)
    return RandomStream(seed: low ^ (high &* 0x9e37_79b9_7f4a_7c15))
  }

  public mutating func next() -> UInt64 {
    defer { position &+= 1 }
    if position & 1 == 1 { return spare }
    let block = philox(counter: (position >> 1, 0), key: key)
    spare = block.1
    return block.0
  }

  /// A number in `0..<bound`, without bias (Lemire, 2019). Fixed here: the library's may change.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "below: the bound must be positive, found \(bound)")
    let bound = UInt64(bound)
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return Int(product.high)
  }

  /// A number in `range`.
  public mutating func integer(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }

  /// One of the elements, which must not be empty.
  public mutating func element<Element>(of elements: [Element]) -> Element {
    elements[below(elements.count)]
  }

  /// A multiple of 2⁻⁵³ in `0..<1`.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A standard normal draw (Marsaglia's polar method), the same bits on every machine.
  public mutating func normal() -> Double {
    while true {
      let x = 2 * uniform() - 1
      let y = 2 * uniform() - 1
      let s = x * x + y * y
      if s > 0 && s < 1 { return x * (-2 * ElementaryFunctions.logarithm(s) / s).squareRoot() }
    }
  }

  /// The numbers `0..<count` in random order (Fisher–Yates).
  public mutating func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) { order.swapAt(last, below(last + 1)) }
    return order
  }
}

/// Ten rounds over a 128-bit counter (two words) and a 64-bit key.
func philox(counter: (UInt64, UInt64), key: UInt64) -> (UInt64, UInt64) {
  var c0 = UInt32(truncatingIfNeeded: counter.0)
  var c1 = UInt32(truncatingIfNeeded: counter.0 >> 32)
  var c2 = UInt32(truncatingIfNeeded: counter.1)
  var c3 = UInt32(truncatingIfNeeded: counter.1 >> 32)
  var k0 = UInt32(truncatingIfNeeded: key)
  var k1 = UInt32(truncatingIfNeeded: key >> 32)
  for _ in 0..<10 {
    let p0 = UInt64(c0) &* 0xd251_1f53
    let p1 = UInt64(c2) &* 0xcd9e_8d57
    (c0, c1, c2, c3) = (
      UInt32(truncatingIfNeeded: p1 >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: p1),
      UInt32(truncatingIfNeeded: p0 >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: p0)
    )
    k0 &+= 0x9e37_79b9
    k1 &+= 0xbb67_ae85
  }
  return (UInt64(c1) << 32 | UInt64(c0), UInt64(c3) << 32 | UInt64(c2))
}
