import Objectives
import Testing

struct WhiteningTests {
  /// Mean 2, sample deviation 1 over both sequences: what is within one is no sample of its own.
  @Test func theWholeStepIsOneSample() {
    expectNear(whitened([[1], [2, 3]]).flatMap { $0 }, [-1, 0, 1])
    expectNear(whitened([[1], [2, 3]], shiftsMean: false).flatMap { $0 }, [1, 2, 3])
  }

  /// Rewards of 10, 20, 30 with deviation 10 keep their mean: 20 - 1, 20, 20 + 1.
  @Test func withoutShiftTheMeanStays() {
    expectNear(whitened([[10, 20, 30]], shiftsMean: false)[0], [19, 20, 21])
  }

  /// 0.1 is no binary number: three of them have a mean that is not 0.1, and must still give 0.
  @Test func equalNumbersBecomeExactlyZeroOrStay() {
    #expect(whitened([[0.1, 0.1], [0.1]]) == [[0, 0], [0]])
    #expect(whitened([[0.1, 0.1], [0.1]], shiftsMean: false) == [[0.1, 0.1], [0.1]])
    #expect(whitened([[5], []]) == [[0], []])
    #expect(whitened([]) == [])
  }

  /// At a deviation of 1e-4 = √1e-8 the numbers shrink by √2 instead of being blown up.
  @Test func noiseIsNotBlownUp() {
    expectNear(whitened([[-1e-4, 0, 1e-4]])[0], [-0.5.squareRoot(), 0, 0.5.squareRoot()])
  }
}
