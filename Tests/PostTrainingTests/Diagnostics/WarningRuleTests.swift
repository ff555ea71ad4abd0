import Configuration
import EnvironmentKit
import Testing

@testable import PostTraining

@Suite struct WarningRuleTests {
  /// The steps, from 1, at which a rule warns; its state is stored and restored between any two.
  private func steps<Rule: WarningRule>(
    _ type: Rule.Type, _ sequence: [[String: Double]]
  ) throws -> [Int] {
    var rule = Rule()
    var found: [Int] = []
    for (index, metrics) in sequence.enumerated() {
      let stored = try rule.encodedState()
      rule = Rule()
      try rule.restore(stored)
      if rule.observe(metrics) != nil { found.append(index + 1) }
    }
    return found
  }

  private func repeated(_ metrics: [String: Double], _ count: Int) -> [[String: Double]] {
    Array(repeating: metrics, count: count)
  }

  @Test func mostTruncated() throws {
    func share(_ value: Double) -> [String: Double] { ["completions/clipped_ratio": value] }
    let high = repeated(share(0.6), 10)
    #expect(try steps(MostTruncated.self, high) == [10])
    #expect(try steps(MostTruncated.self, repeated(share(0.5), 30)) == [])
    // Five steps of 1 leave the window of ten: (10 - k) · 0.2 + k · 1 > 5 from k = 4 on.
    let falling = repeated(share(1), 5) + repeated(share(0.2), 30)
    #expect(try steps(MostTruncated.self, falling) == [10, 11])
    #expect(try steps(MostTruncated.self, repeated(["loss": 1], 30)) == [])  // SFT
  }

  @Test func displacement() throws {
    func shift(_ value: Double) -> [String: Double] { ["logps/chosen_shift": value] }
    #expect(try steps(Displacement.self, repeated(shift(-0.12), 10)) == [10])
    #expect(try steps(Displacement.self, repeated(shift(-0.1), 30)) == [])
    // A tenth of a nat a step: the mean of the latest ten is below -0.1 once they begin at 0.5.
    let falling = (0..<20).map { shift(0.5 - 0.1 * Double($0)) }
    #expect(try steps(Displacement.self, falling).first == 12)
    // Without a reference there is no shift.
    #expect(try steps(Displacement.self, repeated(["rewards/chosen": -1], 30)) == [])
  }

  private func groups(
    mixed: Double, best: Double, worst: Double, filtered: Double
  ) -> [String: Double] {
    [
      "groups/mixed": mixed, "groups/all_best": best, "groups/all_worst": worst,
      "groups/filtered": filtered,
    ]
  }

  @Test func nothingToLearn() throws {
    let solved = groups(mixed: 0, best: 8, worst: 0, filtered: 8)
    let hopeless = groups(mixed: 0, best: 0, worst: 8, filtered: 0)
    let refused = groups(mixed: 5, best: 1, worst: 2, filtered: 8)
    let useful = groups(mixed: 1, best: 4, worst: 3, filtered: 7)
    for metrics in [solved, hopeless, refused] {
      #expect(try steps(NothingToLearn.self, repeated(metrics, 10)) == [10])
      let broken = repeated(metrics, 9) + [useful] + repeated(metrics, 9)
      #expect(try steps(NothingToLearn.self, broken) == [])
    }
    func message(_ sequence: [[String: Double]]) -> String {
      var rule = NothingToLearn()
      return sequence.compactMap { rule.observe($0) }.first ?? ""
    }
    #expect(message(repeated(solved, 10)).contains("all groups were solved"))
    #expect(message(repeated(hopeless, 10)).contains("all groups were hopeless"))
    let unjudged = hopeless.merging(["env/error_rate": 1]) { $1 }
    #expect(message(repeated(unjudged, 10)).contains("no rollout could be judged"))
    #expect(message(repeated(unjudged, 9) + [hopeless]).contains("all groups were hopeless"))
    #expect(message(repeated(solved, 9) + [hopeless]).contains("either solved or hopeless"))
    #expect(message(repeated(solved, 9) + [refused]).contains("gates kept out"))
  }

  @Test func entropyCollapse() throws {
    func step(_ entropy: Double, _ success: Double) -> [String: Double] {
      ["entropy": entropy, "success": success]
    }
    let start = repeated(step(0.5, 0.3), 10)
    // The mean of ten falls below 0.02 when none of the first is left: (k · 0.5 + (10 - k) · 0) / 10.
    #expect(try steps(EntropyCollapse.self, start + repeated(step(0, 0.3), 10)) == [20])
    // Certain and right, certain from the start, or not certain: nothing is wrong.
    #expect(try steps(EntropyCollapse.self, start + repeated(step(0, 0.9), 30)) == [])
    #expect(try steps(EntropyCollapse.self, repeated(step(0.015, 0.3), 40)) == [])
    #expect(try steps(EntropyCollapse.self, start + repeated(step(0.03, 0.3), 40)) == [])
    #expect(try steps(EntropyCollapse.self, repeated(["entropy": 0.5], 10)) == [])
  }

  @Test func updateJump() throws {
    func measured(_ values: [Double]) -> [[String: Double]] {
      values.flatMap { [["loss": 0], ["diagnostics/kl_update": $0]] }
    }
    #expect(try steps(UpdateJump.self, measured([0.012, 0.01, 0.008, 0.12, 0.01])) == [8])
    // Small, no more than tenfold, with too few before, or as far as the three before have come.
    #expect(try steps(UpdateJump.self, measured([0.001, 0.001, 0.001, 0.1])) == [])
    #expect(try steps(UpdateJump.self, measured([0.02, 0.02, 0.02, 0.2])) == [])
    #expect(try steps(UpdateJump.self, measured([0.001, 0.001, 0.3])) == [])
    #expect(try steps(UpdateJump.self, measured([0.001, 0.002, 0.02, 0.05, 0.1, 0.2])) == [])
  }

  @Test func proxyReward() throws {
    func blocks(_ pairs: [(Double, Double)]) -> [[String: Double]] {
      pairs.flatMap { repeated(["reward": $0.0, "success": $0.1], 20) }
    }
    #expect(try steps(ProxyReward.self, blocks([(0.5, 0.5), (0.6, 0.47), (0.7, 0.44)])) == [60])
    // Success falls less than 0.05, or not throughout; or the reward falls with it.
    #expect(try steps(ProxyReward.self, blocks([(0.5, 0.5), (0.6, 0.48), (0.7, 0.46)])) == [])
    #expect(try steps(ProxyReward.self, blocks([(0.5, 0.5), (0.6, 0.3), (0.7, 0.35)])) == [])
    #expect(try steps(ProxyReward.self, blocks([(0.5, 0.5), (0.4, 0.4), (0.3, 0.3)])) == [])
    // It need not begin with the stage.
    let late = blocks([(0.5, 0.5), (0.4, 0.6), (0.5, 0.5), (0.6, 0.4)])
    #expect(try steps(ProxyReward.self, late) == [80])
  }

  /// Each warns once a run, whatever is resumed and whichever stage follows; then it is not asked.
  @Test func eachWarnsOnce() throws {
    let metrics = ["completions/clipped_ratio": 1.0].merging(
      groups(mixed: 0, best: 0, worst: 8, filtered: 0)
    ) { $1 }
    var warnings = RunWarnings()
    var found: [[String]] = []
    for step in 1...50 {
      var resumed = RunWarnings()
      resumed.state = try JSON(encoding: warnings.state).decode(RunWarnings.State.self)
      warnings = resumed
      if step == 5 || step == 30 { warnings.beginStage() }
      found.append(warnings.observe(metrics).map(\.rule))
    }
    #expect(found[13] == ["most_truncated", "nothing_to_learn"])  // ten steps into its stage
    #expect(found.flatMap { $0 }.count == 2)
  }

  @Test func namesAreDistinct() {
    #expect(Set(RunWarnings.rules.map { $0.name }).count == RunWarnings.rules.count)
  }
}
