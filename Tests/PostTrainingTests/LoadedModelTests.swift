import EnvironmentKit
import Environments
import NeuralNetworks
import Platform
import TestSupport
import Testing

@testable import PostTraining

@Suite struct LoadedModelTests {
  /// A run, its checkpoint and the policy's directory are the same model to every command.
  @Test func aRunIsItsLatestCheckpoint() throws {
    let small = try SmallRun()
    let setup = try small.setup()
    let result = try small.run(setup, "kept")
    let run = try LoadedModel(result.directory)
    let checkpoint = try LoadedModel(result.checkpoint)
    let directory = try LoadedModel("\(result.checkpoint)/models/policy")
    #expect(run.path == directory.path)
    for model in [run, checkpoint, directory] {
      #expect(model.parameters.safetensorsBytes == (try small.weights(result)))
    }
    let environment = try Environment(
      try #require(run.environment), catalog: BuiltinFamilies.all)
    #expect(environment.fingerprint == setup.environment.fingerprint)
    #expect(run.environmentFingerprint == environment.fingerprint)
    #expect(directory.environment == nil)
  }
}
