import PostTraining
import Testing

struct StatisticsPassAtKTests {
  /// Every subset of k of n samples, of which the first c succeeded.
  @Test(arguments: 1...8) func matchesEnumeration(samples: Int) throws {
    for successes in 0...samples {
      for k in 1...samples {
        let subsets = (0..<(1 << samples)).filter { $0.nonzeroBitCount == k }
        let passing = subsets.filter { $0 & ((1 << successes) - 1) != 0 }
        let expected = Double(passing.count) / Double(subsets.count)
        let found = try passAtK(k, successes: successes, samples: samples)
        #expect(abs(found - expected) < 1e-14, "c \(successes), k \(k)")
      }
    }
  }

  @Test func isExactAtTheEnds() throws {
    #expect(try passAtK(1, successes: 0, samples: 1000) == 0)
    #expect(try passAtK(1000, successes: 1, samples: 1000) == 1)
    #expect(abs(try passAtK(1, successes: 250, samples: 1000) - 0.25) < 1e-12)
  }

  @Test func tooFewSamplesAreAnError() {
    #expect(throws: PassAtKError.self) { try passAtK(8, successes: 4, samples: 4) }
    #expect(throws: PassAtKError.self) { try passAtK(0, successes: 0, samples: 4) }
    #expect(throws: PassAtKError.self) { try Estimate.passAtK(2, [[true, false], [true]]) }
  }

  /// Two of four samples hold the one success with chance ½, one of the three surely: mean ¾.
  @Test func averagesOverItems() throws {
    let outcomes = [[true, false, false, false], [true, true, true, false]]
    let estimate = try #require(try Estimate.passAtK(2, outcomes))
    #expect(abs(estimate.value - 0.75) < 1e-15)
    #expect(estimate.items == 2)
  }

  @Test func majorityPrefersTheMostFrequentThenTheEarliest() {
    #expect(majorityVote([7, 3, nil, 3]) == 1)
    #expect(majorityVote([nil, nil, nil, 5]) == 3)
    #expect(majorityVote([2, 9, 9, 2]) == 0)
    #expect(majorityVote([nil, nil] as [Int?]) == nil)
    #expect(majorityVote([] as [Int?]) == nil)
  }
}
