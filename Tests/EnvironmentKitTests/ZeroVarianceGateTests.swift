import Configuration
import Testing

@testable import EnvironmentKit

@Suite struct ZeroVarianceGateTests {
  private func group(_ scores: [Double?]) -> FinishedGroup {
    FinishedGroup(
      level: 0, key: "k",
      verdicts: scores.map { Verdict(score: $0, isSuccess: $0 == 1, isParsed: true, reason: "") },
      lengths: scores.map { _ in 1 }, isTruncated: scores.map { _ in false })
  }

  private func gate(_ json: JSON) throws -> ZeroVarianceGate {
    ZeroVarianceGate(try read(ZeroVarianceGate.Config.self, from: json))
  }

  @Test func equalityIsExact() throws {
    var gate = try gate(["action": "skip"])
    #expect(gate.decide(on: group([1, 1, 1]), attempt: 0) == .skip)
    #expect(gate.decide(on: group([0.1, 0.1 + 1e-16, 0.1]), attempt: 0) == .keep)
    #expect(gate.decide(on: group([0, 0]), attempt: 0) == .skip)
    #expect(gate.decide(on: group([nil, 1, 0]), attempt: 0) == .keep)
    #expect(gate.decide(on: group([nil, nil]), attempt: 0) == .skip)
    #expect(
      gate.state
        == .init(seen: 5, admitted: 2, solvedAll: 1, failedAll: 1, resampled: 0))
    #expect(gate.metrics()["gate/zero_variance/solved_all"] == 1)
  }

  @Test func resamplingEnds() throws {
    var gate = try gate(["action": "resample", "max_resample": 2])
    let decisions = (0...2).map { gate.decide(on: group([1, 1]), attempt: $0) }
    #expect(decisions == [.resample, .resample, .keep])
    gate = try self.gate(["action": "resample", "max_resample": 2, "on_exhausted": "skip"])
    #expect(gate.decide(on: group([1, 1]), attempt: 2) == .skip)
  }

  @Test func keepOnlyCounts() throws {
    var gate = try gate(["action": "keep"])
    #expect(gate.decide(on: group([0, 0]), attempt: 0) == .keep)
    #expect(gate.state.failedAll == 1)
  }

  @Test func theStateSurvivesACheckpoint() throws {
    var gate: any EnvironmentKit.Gate = try Variant<GateCatalog>("zero_variance").gate()
    _ = gate.decide(on: group([0, 0]), attempt: 0)
    var restored = try Variant<GateCatalog>("zero_variance").gate()
    try restored.restore(JSON(parsing: gate.encodedState().text()))
    #expect(restored.metrics() == gate.metrics())
  }
}
