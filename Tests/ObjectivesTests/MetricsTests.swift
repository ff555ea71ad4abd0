import Objectives
import Testing

struct MetricsTests {
  /// Three tokens of mean 1 and one of value 5: the mean over all four is 2, not (1 + 5) / 2.
  @Test func meansWeighTheirParts() {
    var metrics = Metrics(["kl": .mean(sum: 3, weight: 3)])
    metrics.merge(Metrics(["kl": .mean(sum: 5, weight: 1)]))
    #expect(metrics["kl"] == 2)
  }

  @Test func eachKindCombinesInItsOwnWay() {
    var metrics = Metrics()
    for value in [3.0, -1, 2] {
      metrics.record("tokens", .sum(value))
      metrics.record("shortest", .minimum(value))
      metrics.record("longest", .maximum(value))
    }
    #expect(metrics["tokens"] == 4)
    #expect(metrics["shortest"] == -1)
    #expect(metrics["longest"] == 3)
  }

  @Test func nothingMeasuredIsNotZero() {
    #expect(Metrics()["kl"] == nil)
    #expect(Metrics(["kl": .mean(of: [])])["kl"] == nil)
    #expect(Metrics(["kl": .mean(of: [1, 2])])["kl"] == 1.5)
  }

  /// Two micro-batches make an update's loss of 3; a second update's is 5; the step reports 4.
  @Test func updatesOfAStepAverage() {
    var first = Metrics(["loss": .sum(1), "longest": .maximum(7)])
    first.merge(Metrics(["loss": .sum(2), "longest": .maximum(6)]))
    var step = first.settled
    step.merge(Metrics(["loss": .sum(5), "longest": .maximum(8)]).settled)
    #expect(step["loss"] == 4)
    #expect(step["longest"] == 8)
  }

  @Test(arguments: [[Double.nan, 1], [1, .nan]])
  func anExtremeDoesNotHideNaN(values: [Double]) throws {
    var metrics = Metrics()
    for value in values { metrics.record("largest", .maximum(value)) }
    #expect(try #require(metrics["largest"]).isNaN)
  }
}
