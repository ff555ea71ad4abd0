import Configuration
import Randomness
import Testing

@testable import EnvironmentKit

@Suite struct SplitTests {
  /// The published vectors of FNV-1a ("a") and of the split's hash.
  @Test func hashesHaveTheirGoldenValues() {
    #expect(fnv1a("") == 0xcbf2_9ce4_8422_2325)
    #expect(fnv1a("a") == 0xaf63_dc4c_8601_ec8c)
    #expect(splitMix(fnv1a("arith|3+5")) == 0x664f_b54d_713a_b3f5)
  }

  @Test func aKeyIsHashedBehindSaltAndFamily() {
    let split = KeySplit(salt: "v1", family: "arith", evalShare: 100, testShare: 100)
    #expect(split.digest(of: "3+5") == splitMix(fnv1a("v1|arith|3+5")))
  }

  /// Of 10 000 keys, 2 000 ± 4 · √(10000 · 0.2 · 0.8) are held out for evaluation.
  @Test func sharesAreMet() {
    let split = KeySplit(salt: "x", family: "f", evalShare: 200, testShare: 50)
    let sides = (0..<10_000).map { split.split(of: "\($0)") }
    #expect((1840...2160).contains(sides.filter { $0 == .eval }.count))
    #expect((413...587).contains(sides.filter { $0 == .test }.count))
  }

  @Test func bucketsDecideInThousandths() {
    let split = KeySplit(salt: "x", family: "f", evalShare: 100, testShare: 50)
    #expect(split.split(ofDigest: 5099) == .eval)
    #expect(split.split(ofDigest: 5100) == .test)
    #expect(split.split(ofDigest: 5149) == .test)
    #expect(split.split(ofDigest: 5150) == .train)
  }
}
