import Foundation
import Testing

@testable import Randomness

@Suite struct RandomStreamTests {
  /// The known answer of Philox4x32-10 for counter 0 and key 0.
  @Test func philoxMatchesItsKnownAnswer() {
    let (low, high) = philox(counter: (0, 0), key: 0)
    #expect(low == 0xe169_c58d_6627_e8d5)
    #expect(high == 0x9b00_dbd8_bc57_ac4c)
  }

  @Test func splittingDoesNotAdvanceAndSeparatesPurposes() {
    var stream = RandomStream(seed: 7)
    var twin = stream
    var first = stream.split("rollout", 3)
    #expect(stream.next() == twin.next())
    var again = stream.split("rollout", 3)
    #expect(first.next() == again.next())
    var heads = Set<UInt64>()
    for index in 0..<1000 {
      var one = stream.split("rollout", index)
      var other = stream.split("problem", index)
      heads.insert(one.next())
      heads.insert(other.next())
    }
    #expect(heads.count == 2000)
  }

  /// Each of 7 values is drawn n/7 ± 5 standard deviations of the binomial.
  @Test func boundedDrawsAreUniform() {
    var stream = RandomStream(seed: 1)
    var counts = [Int](repeating: 0, count: 7)
    let n = 70_000
    for _ in 0..<n { counts[stream.below(7)] += 1 }
    let deviation = (Double(n) * (1 / 7) * (6 / 7)).squareRoot()
    for count in counts { #expect(abs(Double(count) - Double(n) / 7) < 5 * deviation) }
  }

  /// Mean 0 ± 5/√n and variance 1 ± 5·√(2/n).
  @Test func normalDrawsHaveUnitVariance() {
    var stream = RandomStream(seed: 2)
    let n = 40_000
    let draws = (0..<n).map { _ in stream.normal() }
    let mean = draws.reduce(0, +) / Double(n)
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(n)
    #expect(abs(mean) < 5 / Double(n).squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / Double(n)).squareRoot())
  }

  @Test func permutationsContainEveryIndexOnce() {
    var stream = RandomStream(seed: 3)
    #expect(stream.permutation(of: 100).sorted() == Array(0..<100))
    #expect(stream.permutation(of: 0) == [])
  }
}
