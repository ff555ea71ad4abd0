import Configuration
import Foundation
import LanguageModels
import NeuralNetworks
import TensorCore
import Testing

@testable import PostTraining

@Suite struct DiagnosticsTests {
  /// `(1 − 2)² + (3 − 2)² = 2` over two, and the mean of a constant row is no variance.
  @Test func varianceIsOverTheWidth() {
    let stream = Tensor([1, 3, 5, 5, 5, 5], shape: [3, 2])
    #expect(rowVariances(of: stream) == [1, 0, 0])
  }

  /// Whole items until the probe is full: the one that fills it is in.
  @Test func aProbeTakesWholeItems() {
    let items = Array(repeating: [Int32](repeating: 1, count: 201), count: 9)
    let probe = Probe(items, temperature: 1) { $1.append(whole: $0) }
    #expect(probe.packed.sequences == 3)  // 200, 400, 600 rows: full at 512
    #expect(probe.packed.targets.count == 600)
  }

  /// From the rollouts and the checkpoints on disk, by softmax in `Double`, every step's figures.
  @Test func figuresAreThoseOfTheRolloutsAndCheckpoints() throws {
    let small = try SmallRun()
    try small.run(
      "disk",
      [
        "diagnostics.every=1", "checkpoint.every=1", "checkpoint.keep=20",
        "stages.warm.max_steps=2", "stages.rl.max_steps=4", "stages.rl.temperature=1.25",
      ])
    let path = "\(small.runs)/disk"
    func model(_ step: Int) throws -> any LanguageModel {
      let stored = try LoadedModel("\(path)/checkpoints/step-\(padded(step))")
      return try stored.architecture.model(stored.parameters)
    }
    let groups = try RunDirectory.readLog("\(path)/rollouts/00000001-00000100.jsonl")
    let lines = try RunDirectory.readLog("\(path)/metrics.jsonl")
    let first = try #require(lines.firstIndex { $0["stage"]?.string == "rl" })  // steps so far
    for step in first + 1...lines.count {
      let packed = groups.filter { $0["step"]?.int == step }.reduce(into: PackedTokens()) {
        $0.append($1)
      }
      let line = lines[step - 1]
      let policy = try model(step - 1).distributions(packed, temperature: 1.25)
      for (name, other) in [("kl_initial", first), ("kl_update", step)] {
        let expected = meanDivergence(
          policy, try model(other).distributions(packed, temperature: 1.25))
        let found = try #require(line["diagnostics/\(name)"]?.double)
        #expect(abs(found - expected) < 1e-6 + 1e-4 * expected, "\(name) \(step)")
        #expect(step < lines.count || found > 1e-6)  // a first step may have had no gradient
      }
      #expect(line["diagnostics/residual_variance/1"]?.double ?? 0 > 0)
      #expect(line["diagnostics/residual_variance/2"] == nil)  // two layers
    }
    #expect(lines[first]["diagnostics/kl_initial"]?.double == 0)  // to the bit: the same weights
    #expect(lines[0]["diagnostics/kl_initial"]?.double == 0)
    #expect(lines.last?["diagnostics/kl_initial"]?.double ?? 0 > 0)
  }

  @Test func theyChangeNoBitOfTraining() throws {
    let small = try SmallRun()
    let seen = try small.run("seen", ["diagnostics.every=1"])
    let unseen = try small.run("unseen", ["diagnostics.every=0"])
    #expect(try small.weights(seen) == small.weights(unseen))
    #expect(try small.rollouts("seen") == small.rollouts("unseen"))
    let lines = try RunDirectory.readLog("\(small.runs)/unseen/metrics.jsonl")
    #expect(lines.allSatisfy { $0["diagnostics/kl_update"] == nil })
    #expect(try !LoadedModel.exists("\(unseen.checkpoint)/models/initial"))
  }

  /// A stage's first policy is in its checkpoints: where a reference is it, once.
  @Test(arguments: [0.05, 0])
  func resumingKeepsTheFirstPolicy(_ beta: Double) throws {
    let small = try SmallRun()
    let overrides = [
      "diagnostics.every=1", "stages.warm.max_steps=2", "stages.rl.max_steps=4",
      "stages.rl.beta=\(beta)",
    ]
    let whole = try small.run("whole", overrides)
    #expect(throws: InterruptedError.self) { try small.run("cut", overrides, stopAfter: 4) }
    let rest = try small.run("cut", overrides, resume: .auto)
    #expect(try small.weights(rest) == small.weights(whole))
    #expect(try small.metrics("cut") == small.metrics("whole"))
    let models = beta > 0 ? ["policy", "reference"] : ["initial", "policy"]
    let stored = try FileManager.default.contentsOfDirectory(atPath: "\(rest.checkpoint)/models")
    #expect(stored.sorted() == models)
  }
}

extension LoadedModel {
  fileprivate static func exists(_ path: String) throws -> Bool {
    FileManager.default.fileExists(atPath: path)
  }
}

extension PackedTokens {
  /// A group as the rollout log holds it; its one turn is sampled throughout.
  fileprivate mutating func append(_ group: JSON) {
    func ids(_ json: JSON?) -> [Int32] { (json?.array ?? []).compactMap(\.int).map { Int32($0) } }
    append(
      prompt: ids(group["prompt"]),
      continuations: (group["completions"]?.array ?? []).map {
        let tokens = ids($0["tokens"])
        return (tokens, tokens.map { _ in true })
      })
  }
}

extension LanguageModel {
  /// The next-token distribution at every target, `[M][V]`.
  fileprivate func distributions(_ packed: PackedTokens, temperature: Double) -> [[Double]] {
    let logits = hiddenStates(of: packed).logits(head: head.weight, rows: packed.targetRows)
    return packed.targets.indices.map { index in
      softmax(logits.row(index).values.map { Double($0) / temperature })
    }
  }
}

/// The mean over tokens of `Σ p log(p/q)`.
private func meanDivergence(_ p: [[Double]], _ q: [[Double]]) -> Double {
  let sums = zip(p, q).map { zip($0, $1).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) } }
  return sums.reduce(0, +) / Double(sums.count)
}
