import Configuration
import Platform
import TestSupport
import Testing

@testable import PostTraining

/// Every algorithm of the catalog in every way of its table: stopped, resumed, and the same bits.
@Suite struct AlgorithmResumeTests {
  private static let steps = 3

  @Test(arguments: AlgorithmCase.all + AlgorithmCase.presets)
  func aResumedRunIsTheSame(_ test: AlgorithmCase) throws {
    let small = try SmallRun()
    let setup = try small.bench.setup(config(test))
    let whole = try small.run(setup, "whole")
    let metrics = try small.metrics("whole")
    let content = try content(of: whole)
    #expect(metrics.count == Self.steps && content.count > 5)
    for k in 1..<Self.steps {
      #expect(throws: InterruptedError.self) { try small.run(setup, "cut\(k)", stopAfter: k) }
      let rest = try small.run(setup, "cut\(k)", resume: .auto)
      #expect(try small.metrics("cut\(k)") == metrics)
      #expect(try self.content(of: rest) == content)
    }
  }

  /// The same with low-rank adapters, which every role that is made from the policy has then; and
  /// with two threads and micro-batches as small as can be.
  @Test(arguments: AlgorithmCase.all.filter { $0.keys.members?.isEmpty == true })
  func anAdaptedRunIsTheSameHoweverItIsRun(_ test: AlgorithmCase) throws {
    let small = try SmallRun()
    let setup = try small.bench.setup(config(test, adapted: true))
    let whole = try onThreads(1) { try small.run(setup, "whole") }
    let content = try content(of: whole)
    #expect(content.keys.contains("models/policy/adapter/adapter_model.safetensors"))
    #expect(throws: InterruptedError.self) { try small.run(setup, "cut", stopAfter: 2) }
    let rest = try small.run(setup, "cut", resume: .auto)
    #expect(try small.metrics("cut") == small.metrics("whole"))
    #expect(try self.content(of: rest) == content)
    let parts = try small.bench.setup(config(test, adapted: true, ["micro_batch_rows": 1]))
    let split = try onThreads(2) { try small.run(parts, "split") }
    #expect(try self.content(of: split) == content)
  }

  private func config(
    _ test: AlgorithmCase, adapted: Bool = false, _ keys: JSON = [:]
  ) -> JSON {
    let sizes: JSON = ["max_steps": JSON(Self.steps)]
    var json = Workbench.config(test.stage(sizes.merging(keys)))
    if adapted { json["lora"] = ["rank": 2] }
    json["evaluation"] = ["every": 2, "episodes": 5]
    json["diagnostics"] = ["every": 2]
    return json
  }

  /// The last checkpoint's files but for the one that holds seconds, of which the algorithm's state
  /// counts alone.
  private func content(of result: RunResult) throws -> [String: String] {
    let checkpoint = try CheckpointFiles.find(result.checkpoint)
    var content = Dictionary(
      uniqueKeysWithValues: checkpoint.manifest.files.map { ($0.name, $0.sha256) })
    content[RunState.fileName] = try RunState(checkpoint).algorithm.text()
    return content
  }
}
