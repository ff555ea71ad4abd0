import Configuration
import EnvironmentKit
import LanguageModels

/// One completion of a prompt, with all that was recorded while it was made.
public struct Rollout: Codable, Sendable, Equatable {
  /// Everything after the prompt: what was sampled and what the environment replied.
  public var tokens: [Int32]
  public var isSampled: [Bool]
  /// Under the policy that sampled, at the sampling temperature; 0 where not sampled.
  public var logProbs: [Float]
  public var finish: FinishReason
  public var verdict: Verdict
  /// After shaping; `nil` where nothing could be judged.
  public var reward: Double?
  /// How much better it did than what it is compared with.
  public var advantage = 0.0
  /// What each sampled token learns by, after discount, divergence and whitening; empty where that
  /// is `advantage`.
  public var tokenAdvantages: [Double] = []
  /// What each sampled token weighs beside others; empty where all weigh 1.
  public var corrections: [Float] = []

  /// What each sampled token learns by.
  var learnedAdvantages: [Double] {
    tokenAdvantages.isEmpty ? Array(repeating: advantage, count: length) : tokenAdvantages
  }

  /// Tokens that were sampled.
  public var length: Int { isSampled.count { $0 } }
}

/// The completions of one problem, compared with one another.
public struct RolloutGroup: Codable, Sendable, Equatable {
  /// The problem's number in the stage, which names its random streams.
  public var index: Int
  public var level: Int
  public var problem: Problem
  public var prompt: [Int32]
  public var rollouts: [Rollout]
  /// A gate kept it out: its tokens weigh nothing.
  public var isSkipped = false
  /// The policy's most probable completion, where the others are compared with it.
  public var greedy: Rollout?
  /// Steps since it was sampled: above 0 it is replayed.
  public var age = 0
  /// What was computed for all of its completions.
  public var cost = DecodingCost()

  /// The group as gates, shapers and curricula see it.
  var finished: FinishedGroup {
    FinishedGroup(
      level: level, key: problem.key, verdicts: rollouts.map(\.verdict),
      lengths: rollouts.map(\.length), isTruncated: rollouts.map { $0.finish == .length })
  }

  /// The group as the rollout log holds it.
  func json(step: Int) -> JSON {
    var json: JSON = [
      "step": JSON(step), "index": JSON(index), "level": JSON(level), "key": JSON(problem.key),
      "skipped": JSON(isSkipped), "prompt": JSON(prompt.map { JSON(Int($0)) }),
      "completions": JSON(rollouts.map(\.json)),
    ]
    if let greedy { json["greedy"] = greedy.json }
    return json
  }
}

extension Rollout {
  fileprivate var json: JSON {
    var json: JSON = [
      "tokens": JSON(tokens.map { JSON(Int($0)) }),
      "log_probs": .numbers(logProbs),
      "finish": JSON(finish.rawValue),
      "verdict": (try? JSON(encoding: verdict)) ?? .null,
      "reward": reward.map { .number($0) } ?? .null,
      "advantage": .number(advantage),
    ]
    if !tokenAdvantages.isEmpty {
      json["token_advantages"] = JSON(tokenAdvantages.map { .number($0) })
    }
    return json
  }
}

extension JSON {
  /// The numbers; what is not finite becomes a word, since JSON has no number for it.
  static func numbers(_ values: [Float]) -> JSON {
    JSON(values.map { $0.isFinite ? JSON($0) : JSON("\($0)") })
  }

  static func number(_ value: Double) -> JSON { value.isFinite ? JSON(value) : JSON("\(value)") }
}
