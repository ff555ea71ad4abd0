import Configuration
import Platform
import TestSupport
import Testing

@testable import PostTraining

@Suite struct RunTests {
  /// Twelve steps equal k steps, a stop and the rest: weights, metrics, rollouts, for every k,
  /// also where a step makes several updates.
  @Test(arguments: [
    [], ["stages.rl.updates_per_collection=3", "stages.rl.num_iterations=2"],
    [#"stages.rl.replay={"groups": 4, "capacity": 9}"#, "stages.rl.updates_per_collection=3"],
  ])
  func resumingAnywhereGivesTheSameBits(_ overrides: [String]) throws {
    let small = try SmallRun()
    let whole = try small.run("whole", overrides)
    let weights = try small.weights(whole)
    let metrics = try small.metrics("whole")
    #expect(metrics.count == 12)
    for k in 1..<12 {
      #expect(throws: InterruptedError.self) {
        try small.run("cut\(k)", overrides, stopAfter: k)
      }
      let rest = try small.run("cut\(k)", overrides, resume: .auto)
      #expect(try small.weights(rest) == weights)
      #expect(try small.metrics("cut\(k)") == metrics)
      #expect(try small.rollouts("cut\(k)") == small.rollouts("whole"))
      #expect(rest.stages.count == 2)
    }
  }

  /// Neither the threads nor the split into micro-batches between groups changes a bit.
  @Test func threadsAndMicroBatchesChangeNothing() throws {
    let small = try SmallRun()
    let one = try small.weights(try onThreads(1) { try small.run("one") })
    let two = try small.weights(try onThreads(2) { try small.run("two", ["threads=2"]) })
    #expect(two == one)
    let micro = ["stages.warm.micro_batch_rows=1", "stages.rl.micro_batch_rows=1"]
    #expect(try small.weights(try small.run("micro", micro)) == one)
  }

  /// The first law, in every line of an on-policy stage.
  @Test func sampledAndTrainedLogProbabilitiesAreTheSameBits() throws {
    let small = try SmallRun()
    try small.run("law")
    let lines = try RunDirectory.readLog("\(small.runs)/law/metrics.jsonl")
    let differences = lines.compactMap { $0["sampling/logp_difference_max"]?.double }
    #expect(differences == Array(repeating: 0, count: 7))
  }

  /// Evaluation draws from its own stream: with or without it the weights are the same.
  @Test func evaluationDoesNotDisturbTraining() throws {
    let small = try SmallRun()
    let weights = try small.weights(try small.run("seen"))
    let overrides = ["evaluation.every=1", "evaluation.temperature=1", "evaluation.samples=3"]
    #expect(try small.weights(try small.run("unseen", overrides)) == weights)
  }

  @Test func anotherConfigurationCannotResume() throws {
    let small = try SmallRun()
    #expect(throws: InterruptedError.self) { try small.run("mixed", stopAfter: 4) }
    #expect(throws: ConfigErrors.self) { try small.run("mixed", ["seed=4"], resume: .auto) }
    #expect(throws: RunError.self) { try small.run("mixed") }
  }

  /// The same stages in another order are another configuration.
  @Test func theOrderOfStagesMatters() throws {
    let small = try SmallRun()
    #expect(throws: InterruptedError.self) { try small.run("order", stopAfter: 2) }
    var json = SmallRun.config
    json["stages"] = JSON(.object((json["stages"]?.members ?? []).reversed()))
    let reversed = try small.bench.setup(json)
    #expect(throws: ConfigErrors.self) { try small.run(reversed, "order", resume: .auto) }
  }

  /// A finished run goes on when more steps are asked for, and cannot go back.
  @Test func stepsMayBeAdded() throws {
    let small = try SmallRun()
    let constant = #"stages.rl.optimizer.schedule={"type":"constant"}"#
    let whole = try small.run("whole", [constant])
    let short = try small.run("more", [constant, "stages.rl.max_steps=4"])
    #expect((short.step, whole.step) == (9, 12))
    let more = try small.run("more", [constant], resume: .auto)
    #expect(try small.weights(more) == small.weights(whole))
    #expect(try small.metrics("more") == small.metrics("whole"))
    #expect(more.stages.map { $0["steps"]?.int } == [5, 7])
    #expect(throws: ConfigErrors.self) {
      try small.run("more", [constant, "stages.rl.max_steps=6"], resume: .auto)
    }
  }

  /// What would only be met at a stage's end is met before anything is created.
  @Test func aSplitWithoutProblemsCreatesNothing() throws {
    let small = try SmallRun()
    let environment = Workbench.sums.merging([
      "name": "untested", "split": ["eval": 0.2, "test": 0],
    ])
    try small.bench.write(environment.text(), to: "untested.json")
    #expect(throws: ConfigErrors.self) {
      try small.run("untested", ["environment=untested.json"])
    }
    #expect(!LocalFileSystem().exists("\(small.runs)/untested"))
  }
}
