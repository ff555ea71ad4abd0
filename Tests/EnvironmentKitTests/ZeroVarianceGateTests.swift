import Configuration
import Testing

@testable import EnvironmentKit

@Suite struct ZeroVarianceGateTests {
  private func gate(_ json: JSON = [:]) throws -> ZeroVarianceGate {
    ZeroVarianceGate(try read(ZeroVarianceGate.Config.self, from: json))
  }

  @Test func equalityIsExact() throws {
    var gate = try gate()
    let groups: [[Double?]] = [
      [1, 1, 1], [0.1, 0.1 + 1e-16, 0.1], [0, 0], [nil, 1, 0], [nil, nil],
    ]
    let decisions = groups.map { gate.decide(on: .scored($0), attempt: 0) }
    let refused = GateDecision.refuse(.train)
    #expect(decisions == [refused, .keep, refused, .keep, refused])
    let metrics = gate.metrics()
    #expect(metrics["gate/zero_variance/seen"] == 5)
    #expect(metrics["gate/zero_variance/admitted"] == 2)
    #expect(metrics["gate/zero_variance/solved_all"] == 1)
    #expect(metrics["gate/zero_variance/failed_all"] == 1)
    #expect(metrics["gate/zero_variance/resampled"] == 0)
    #expect(metrics["gate/zero_variance/tokens"] == 7)  // one a rollout of the three refused
  }
}
