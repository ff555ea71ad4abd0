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

  /// Of four rollouts 1, 2 and 3 successes are in 0.25...0.75, as both ends are.
  @Test func bandPassTakesItsEnds() {
    var config = BandPassGate.Config()
    (config.lo, config.hi) = (0.25, 0.75)
    let gate = BandPassGate(config)
    let scores: [[Double?]] = [
      [0, 0, 0, 0], [1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1], [nil, nil, nil, nil],
    ]
    #expect(scores.map { gate.admits(.scored($0)) } == [false, true, true, true, false, false])
    #expect(throws: ConfigErrors.self) {
      try read(BandPassGate.Config.self, from: ["lo": 0.6, "hi": 0.5])
    }
  }

  @Test func maxTruncatedCountsTheShare() {
    var config = MaxTruncatedGate.Config()
    config.fraction = 0.5
    let gate = MaxTruncatedGate(config)
    let groups = (0...4).map { FinishedGroup.scored([1, 0, 1, 0], truncated: $0) }
    #expect(groups.map(gate.admits) == [true, true, true, false, false])
  }

  @Test func minValidCountsVerdicts() {
    let gate = MinValidGate(MinValidGate.Config())
    let scores: [[Double?]] = [[nil, nil, nil], [1, nil, nil], [0, nil, 0]]
    #expect(scores.map { gate.admits(.scored($0)) } == [false, false, true])
  }

  /// The strictest refusal stands, and whoever asks for another problem goes first.
  @Test func gatesDecideTogether() throws {
    let skip = try JSON(encoding: BandPassGate.Config()).merging([
      "type": "band_pass", "on_exhausted": "skip",
    ])
    let retry = try block(["max_resample": 1])
    var gates = try gates(retry, skip)
    #expect(gates.decide(on: .scored([1, 1]), attempt: 0) == .resample)
    #expect(gates.decide(on: .scored([1, 1]), attempt: 1) == .refuse(.skip))
    #expect(gates.decide(on: .scored([1, 0]), attempt: 0) == .keep)
    #expect(gates.metrics()["gate/band_pass/seen"] == 3)
  }
}
