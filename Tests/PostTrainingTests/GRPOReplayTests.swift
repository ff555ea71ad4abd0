import Configuration
import EnvironmentKit
import Foundation
import LanguageModels
import NeuralNetworks
import Objectives
import TensorCore
import Testing

@testable import PostTraining

/// Learning again from earlier groups: what is kept, what it weighs, what it is measured from.
@Suite struct GRPOReplayTests {
  private func training(_ keys: JSON = [:], groups: Int = 4, capacity: Int = 9) throws -> Training {
    let replay: JSON = [
      "replay": ["groups": JSON(groups), "capacity": JSON(capacity), "ratio_cap": 1.1],
      // Large steps, so that the policy leaves what it sampled.
      "optimizer": ["learning_rate": 0.03],
    ]
    return try Training(replay.merging(keys), bench: Workbench())
  }

  /// A replayed token weighs `min(cap, π_now / π_b)` of the log-probability recorded when it was
  /// sampled; its ratio starts from now, so that the first law holds for it too.
  @Test func tokensWeighTheirTruncatedRatio() throws {
    var training = try training()
    var sampled: [Int: RolloutGroup] = [:]
    var (held, below) = (0, 0)
    for step in 0..<4 {
      let models = try training.trainer.models.bound()
      var method = training.trainer.method
      let groups = try method.collect(step: step, with: models).experience
      for group in groups where group.age > 0 {
        let original = try #require(sampled[group.index])
        var packed = PackedTokens()
        packed.append(original)
        let now = models[.policy].statistics(of: packed, temperature: 1).logProbs.values
        #expect(group.judged.flatMap(\.scoredLogProbs) == now)
        let weights = zip(now, original.judged.flatMap(\.scoredLogProbs)).map {
          min(1.1, exp($0 - $1))
        }
        #expect(group.judged.flatMap(\.corrections) == weights)
        #expect(group.judged.map(\.advantage) == original.judged.map(\.advantage))
        held += weights.count { $0 == 1.1 }
        below += weights.count { $0 < 1 }
      }
      let update = try #require(try method.update(0, from: groups, with: models))
      #expect(update.batches.allSatisfy { ($0.factors != nil) == (step > 0) })
      let (metrics, fresh) = try training.step()
      #expect(metrics["sampling/logp_difference_max"] == 0)
      for group in fresh { sampled[group.index] = group }
    }
    #expect(held > 0 && below > 0)
  }

  /// The buffer is bounded, holds only groups with advantages, and each step takes what was asked
  /// for or all there is; what is replayed is no new sample.
  @Test func theBufferIsBoundedAndCounted() throws {
    var training = try training()
    var tokens = 0.0
    for step in 0..<5 {
      let (metrics, groups) = try training.step()
      let replayed = try #require(metrics["replay/groups"])
      #expect(replayed == min(4, try #require(metrics["replay/buffer"])))
      #expect((replayed == 0) == (step == 0))
      let oldest = try #require(metrics["replay/age_max"])
      #expect(oldest <= Double(step) && (step == 0 || oldest >= 1))
      #expect((metrics["replay/weight_mean"] != nil) == (step > 0))
      tokens += groups.reduce(0) { $0 + $1.rollouts.reduce(0) { $0 + Double($1.length) } }
      #expect(metrics["num_tokens"] == tokens)
      let kept = training.trainer.method.state.replay.entries
      #expect(kept.count <= 9)
      for entry in kept {
        #expect(entry.step <= step && step - entry.step < 9)
        #expect(entry.group.judged.contains { $0.advantage != 0 })
      }
    }
    #expect(training.trainer.method.state.replay.entries.count == 9)
  }

  /// The state as a checkpoint writes it is the state, to the bit.
  @Test func theBufferSurvivesACheckpoint() throws {
    var training = try training()
    for _ in 0..<3 { _ = try training.step() }
    var copy = training.trainer.method
    let before = copy.state
    copy.buffer = ReplayBuffer()
    #expect(copy.state != before)
    try copy.restore(JSON(parsing: Array(training.trainer.method.encodedState().text().utf8)))
    #expect(copy.state == before)
  }
}
