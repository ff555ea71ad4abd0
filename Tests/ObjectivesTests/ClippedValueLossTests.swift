import Objectives
import TensorCore
import TestSupport
import Testing

struct ClippedValueLossTests {
  struct Example: Sendable {
    var value, loss, slope: Float
    /// The clip's, not the value's, error counts.
    var isHeld = false
  }

  /// The value function said 0, the return is 1, the clip is ½: past ½ the error stays (½)² and
  /// nothing pulls further; before -½ the own error is the larger and pulls back.
  static let examples = [
    Example(value: 0, loss: 0.5, slope: -1),
    Example(value: 0.25, loss: 0.28125, slope: -0.75),
    Example(value: 0.75, loss: 0.125, slope: 0, isHeld: true),
    Example(value: -1, loss: 2, slope: -2),
    Example(value: 2, loss: 0.5, slope: 1),
  ]

  @Test(arguments: examples) func theLargerErrorCounts(_ example: Example) {
    let tokens = TrainedTokens(weights: Tensor([1]), sequences: [0])
    func objective(_ values: Tensor) -> Objective {
      clippedValueLoss(
        values, behaviorValues: Tensor([0]), returns: Tensor([1]), clip: 0.5, tokens: tokens)
    }
    let found = objective(Tensor([example.value]))
    #expect(found.loss.value == example.loss)
    #expect(found.metrics["critic/vf_clipfrac"] == (example.isHeld ? 1 : 0))
    let slope = gradient(of: Tensor([example.value])) { objective($0).loss }
    #expect(slope.values == [example.slope])
  }

  /// ½ · 3² · weight ½ · coefficient 0.1; the metric leaves the coefficient out.
  @Test func withoutClipItIsTheSquaredError() {
    let tokens = TrainedTokens(weights: Tensor([0.5]), sequences: [0])
    let found = clippedValueLoss(
      Tensor([-2]), behaviorValues: Tensor([0]), returns: Tensor([1]), coefficient: 0.1,
      tokens: tokens)
    #expect(abs(found.loss.value - 0.225) < 1e-7)
    #expect(found.metrics["critic/vf_loss"] == 2.25)
    #expect(found.metrics["critic/vpred_mean"] == -2)
  }
}
