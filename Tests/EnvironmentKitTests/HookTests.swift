import Configuration
import Testing

@testable import EnvironmentKit

/// What holds for every curriculum, gate and shaper of the catalogs.
@Suite struct HookTests {
  /// The fourth law for hooks: saved after any step and restored into a fresh one, a hook says and
  /// holds to the bit what the uninterrupted one does.
  @Test(arguments: HookCase.all) func aRestoredHookGoesOnAlike(_ test: HookCase) throws {
    var whole = try HookSimulation(test)
    var said: [String] = []
    var states = [whole.stored]
    for step in 0..<60 {
      said.append(try whole.advance(step))
      states.append(whole.stored)
    }
    for cut in [1, 2, 7, 30, 59] {
      var resumed = try HookSimulation(test)
      try resumed.resume(from: states[cut])
      #expect(resumed.stored == states[cut])
      for step in cut..<60 {
        let line = try resumed.advance(step)
        try #require(line == said[step], "cut at \(cut)")
      }
      #expect(resumed.stored == states[60])
    }
  }

  /// Keys that must be small for the change to act within 60 steps, by hook.
  private static let bases: [String: JSON] = [
    "band": [
      "up": 0.55, "down": 0.25, "window": 32, "min_samples": 16, "cooldown_steps": 2,
    ],
    "schedule": ["points": [["step": 0, "level": "small"], ["step": 9, "level": "huge"]]],
    "min_valid": ["n": 3],
  ]

  /// For each key of each hook a value that must change what it does.
  private static let changes: [String: JSON] = [
    "uniform": ["levels": ["small"]],
    "band": [
      "up": 0.95, "down": 0.05, "window": 64, "min_samples": 32, "cooldown_steps": 9,
      "replay": 0.5, "start_level": "huge", "freeze_level": true,
    ],
    "hard": ["levels": ["small"], "max_problems": 20],
    "weights": ["points": [["weights": ["small": 1]], ["step": 30, "weights": ["huge": 1]]]],
    "schedule": ["points": [["step": 0, "level": "small"], ["step": 8, "level": "huge"]]],
    "target": [
      "target_success": 0.9, "sensitivity": 0.5, "step_size": 0.4, "start_level": "large",
    ],
    "plr": [
      "levels": ["small"], "max_problems": 20, "new_share": 0.9, "temperature": 0.1,
      "staleness": 0.9,
    ],
    "zero_variance": [:],
    "band_pass": ["lo": 0.4, "hi": 0.6],
    "max_truncated": ["fraction": 0.25],
    "min_valid": ["n": 4],
    "format": ["weight": 0.2, "decay_steps": 20],
    "overlong": ["buffer": 5, "penalty": 0.1],
    "length_cosine": [
      "success_short": 0.2, "success_long": 0.1, "failure_short": 0.1, "failure_long": 0.1,
    ],
    "repetition": ["ngram": 1, "penalty": 0.3],
    "partial": ["weight": 0.4, "rule": "digits"],
    "novelty": ["beta": 0.3, "key": "ngram", "cap": 5],
    "clip": ["low": -0.1, "high": 1.1],
  ]
  private static let ofGates: JSON = [
    "action": "keep", "max_resample": 2, "on_exhausted": "stop",
  ]

  static var keys: [(HookCase, String)] {
    HookCase.all.flatMap { test in test.blockKeys.map { (test, $0) } }
  }

  /// A key that does nothing is a lie.
  @Test(arguments: keys) func everyKeyHasAnEffect(_ test: HookCase, _ key: String) throws {
    let changes = (Self.changes[test.name] ?? [:])
      .merging(test.kind == .gate ? Self.ofGates : [:])
    let change = try #require(changes[key], "\(test.name) has no row for \(key)")
    var base = test
    base.keys = Self.bases[test.name] ?? [:]
    var changed = base
    changed.keys = base.keys.merging(JSON(members: [(key, change)]))
    var (left, right) = (try HookSimulation(base), try HookSimulation(changed))
    var isDifferent = false
    for step in 0..<60 where !isDifferent {
      isDifferent = try left.advance(step) != right.advance(step)
    }
    #expect(isDifferent)
  }
}
