import NeuralNetworks
import Testing

@testable import PostTraining

/// Every optimizer under a whole run; a new one joins by being in the catalog.
@Suite struct RunOptimizerTests {
  /// Stopped inside the second stage and resumed from the checkpoint's files: the same bits.
  @Test(arguments: OptimizerCatalog.entries.map(\.name))
  func resumingGivesTheSameBits(_ optimizer: String) throws {
    let small = try SmallRun()
    let overrides =
      ["warm", "rl"].map { "stages.\($0).optimizer={\"type\":\"\(optimizer)\"}" }
      + ["evaluation.every=0", "diagnostics.every=0", "stages.warm.max_steps=2"]
    let whole = try small.run("whole", overrides)
    #expect(throws: InterruptedError.self) { try small.run("cut", overrides, stopAfter: 6) }
    let rest = try small.run("cut", overrides + ["threads=2"], resume: .auto)
    #expect(try small.weights(rest) == small.weights(whole))
    #expect(try small.metrics("cut") == small.metrics("whole"))
  }
}
