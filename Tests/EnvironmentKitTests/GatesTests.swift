import Configuration
import Testing

@testable import EnvironmentKit

extension FinishedGroup {
  /// A group of these scores, a token each; 1 is a success.
  static func scored(_ scores: [Double?], level: Int = 0, truncated: Int = 0) -> FinishedGroup {
    FinishedGroup(
      level: level, key: "k",
      verdicts: scores.map { Verdict(score: $0, isSuccess: $0 == 1, isParsed: true, reason: "") },
      lengths: scores.map { _ in 1 }, isTruncated: scores.indices.map { $0 < truncated })
  }
}

/// The filter and the resampling, which are the same for every gate.
@Suite struct GatesTests {
  private func gates(_ blocks: JSON...) throws -> Gates {
    try Gates(blocks.map { try $0.decode(Variant<GateCatalog>.self) })
  }

  private func block(_ keys: JSON) throws -> JSON {
    try JSON(encoding: read(ZeroVarianceGate.Config.self, from: keys))
      .merging(["type": "zero_variance"])
  }

  /// Both switches, on and off: what becomes of a caught group in its first three attempts.
  @Test(
    arguments: [
      (["action": "keep"], [GateDecision.keep, .keep, .keep]),
      (["action": "skip"], [.refuse(.train), .refuse(.train), .refuse(.train)]),
      (["action": "keep", "max_resample": 2], [.resample, .resample, .keep]),
      (["max_resample": 2], [.resample, .resample, .refuse(.train)]),
      (["max_resample": 1, "on_exhausted": "stop"], [.resample, .refuse(.stop), .refuse(.stop)]),
    ] as [(JSON, [GateDecision])])
  func filterAndResamplingAreTwoSwitches(_ keys: JSON, _ expected: [GateDecision]) throws {
    var gates = try gates(try block(keys))
    #expect((0...2).map { gates.decide(on: .scored([1, 1]), attempt: $0) } == expected)
    #expect(gates.decide(on: .scored([1, 0]), attempt: 0) == .keep)
    let refused = expected.count { $0 != .keep }
    #expect(gates.metrics()["gate/zero_variance/tokens"] == Double(2 * refused))
    #expect(gates.metrics()["gate/zero_variance/solved_all"] == 3)
  }

  @Test func aKeyThatNothingReadsIsRefused() {
    #expect(throws: ConfigErrors.self) {
      try read(
        ZeroVarianceGate.Config.self, from: ["action": "keep", "on_exhausted": "skip"])
    }
    #expect(throws: ConfigError.self) { try gates(block([:]), block([:])) }
  }

  /// The warning comes after 20 barren steps in a row, or at the end of a shorter stage, once.
  @Test(arguments: [(100, 20), (5, 5)]) func nothingAdmittedIsToldOnce(steps: Int, at step: Int)
    throws
  {
    var gates = try gates(try block([:]))
    _ = gates.decide(on: .scored([0, 0]), attempt: 0)
    #expect(gates.finish(admitted: 0, stageSteps: steps).isEmpty)
    #expect(gates.finish(admitted: 1, stageSteps: steps).isEmpty)
    var told: [Int] = []
    for number in 1...50 {
      let events = gates.finish(admitted: 0, stageSteps: steps)
      if events.isEmpty { continue }
      told.append(number)
      #expect(events[0].warning.contains("zero_variance"))
      #expect(events[0].details["gates"] == ["zero_variance"])
    }
    #expect(told == [step])
  }
}
