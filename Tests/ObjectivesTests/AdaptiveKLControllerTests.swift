import Objectives
import Testing

struct AdaptiveKLControllerTests {
  /// Target 2, horizon 100 sequences: errors of +10 % and +50 % (held at 20 %) over 50 of them.
  @Test func movesTowardsTheTarget() {
    var controller = AdaptiveKLController(coefficient: 0.1, target: 2, horizon: 100)
    controller.observe(divergence: 2.2, sequences: 50)
    #expect(abs(controller.coefficient - 0.1 * 1.05) < 1e-15)
    controller.observe(divergence: 3, sequences: 50)
    #expect(abs(controller.coefficient - 0.1 * 1.05 * 1.1) < 1e-15)
    controller.observe(divergence: 2, sequences: 50)
    #expect(abs(controller.coefficient - 0.1 * 1.05 * 1.1) < 1e-15)
    controller.observe(divergence: -1, sequences: 50)
    #expect(abs(controller.coefficient - 0.1 * 1.05 * 1.1 * 0.9) < 1e-15)
  }

  /// A step of many horizons could turn the weight's sign: it stops at 0.
  @Test func theWeightIsNeverNegative() {
    var controller = AdaptiveKLController(coefficient: 0.1, target: 1, horizon: 1)
    controller.observe(divergence: 0, sequences: 100)
    #expect(controller.coefficient == 0)
  }
}
