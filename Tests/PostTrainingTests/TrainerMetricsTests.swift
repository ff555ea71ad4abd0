import Configuration
import Objectives
import Testing

@testable import PostTraining

extension MetricDefinition {
  /// Whether `key` is this name, with any word in the place of each `<…>`.
  func defines(_ key: String) -> Bool {
    let (own, found) = (name.split(separator: "/"), key.split(separator: "/"))
    return own.count == found.count
      && zip(own, found).allSatisfy { $0 == $1 || ($0.hasPrefix("<") && $0.hasSuffix(">")) }
  }
}

@Suite struct TrainerMetricsTests {
  /// The seventh law: whatever a run writes is defined, for its stage's algorithm.
  @Test(arguments: [
    [], ["stages.rl.curriculum={\"type\": \"band\"}", "stages.rl.entropy_coef=0.01"],
    ["stages.rl.preset=cispo", "stages.rl.updates_per_collection=2"],
    ["stages.rl.preset=remax", #"stages.rl.replay={"groups": 2}"#],
    ["stages.rl.preset=vespo", "stages.rl.off_policy_mask_threshold=0.01"],
  ])
  func everyKeyOfARunIsDefined(_ overrides: [String]) throws {
    let small = try SmallRun()
    let setup = try small.setup(overrides)
    try small.run(setup, "defined")
    let lines = try RunDirectory.readLog("\(small.runs)/defined/metrics.jsonl")
    let everywhere = MetricDefinition.ofTraining + MetricDefinition.ofDiagnostics
    var unused = everywhere
    for line in lines {
      let stage = try #require(line["stage"]?.string)
      let variant = try #require(setup.config.stages.entries.first { $0.key == stage }?.value)
      let definitions =
        everywhere + variant.algorithm.metrics + MetricDefinition.ofObjectives
        + MetricDefinition.ofCollection
      for key in try #require(line.members).map(\.key) {
        #expect(definitions.contains { $0.defines(key) }, "\(stage): \(key)")
        unused.removeAll { $0.defines(key) }
      }
    }
    #expect(unused.map(\.name) == ["stop/eval/success"])  // the rule here is on train/success
  }
}
