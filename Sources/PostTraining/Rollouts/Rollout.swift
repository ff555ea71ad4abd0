import Configuration
import EnvironmentKit
import LanguageModels

/// One completion of a prompt, with all that was recorded while it was made.
public struct Rollout: Sendable {
  /// Everything after the prompt: what was sampled and what the environment replied.
  public var tokens: [Int32]
  public var isSampled: [Bool]
  /// Under the policy that sampled, at the sampling temperature; 0 where not sampled.
  public var logProbs: [Float]
  public var finish: FinishReason
  public var verdict: Verdict
  /// After shaping; `nil` where nothing could be judged.
  public var reward: Double?
  public var advantage = 0.0

  /// Tokens that were sampled.
  public var length: Int { isSampled.count { $0 } }
}

/// The completions of one problem, compared with one another.
public struct RolloutGroup: Sendable {
  /// The problem's number in the stage, which names its random streams.
  public var index: Int
  public var level: Int
  public var problem: Problem
  public var prompt: [Int32]
  public var rollouts: [Rollout]
  /// A gate kept it out: its tokens weigh nothing.
  public var isSkipped = false
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
    let completions = rollouts.map { rollout -> JSON in
      [
        "tokens": JSON(rollout.tokens.map { JSON(Int($0)) }),
        "log_probs": .numbers(rollout.logProbs),
        "finish": JSON(rollout.finish.rawValue),
        "verdict": (try? JSON(encoding: rollout.verdict)) ?? .null,
        "reward": rollout.reward.map { .number($0) } ?? .null,
        "advantage": .number(rollout.advantage),
      ]
    }
    return [
      "step": JSON(step), "index": JSON(index), "level": JSON(level), "key": JSON(problem.key),
      "skipped": JSON(isSkipped), "prompt": JSON(prompt.map { JSON(Int($0)) }),
      "completions": JSON(completions),
    ]
  }
}

extension JSON {
  /// The numbers; what is not finite becomes a word, since JSON has no number for it.
  static func numbers(_ values: [Float]) -> JSON {
    JSON(values.map { $0.isFinite ? JSON($0) : JSON("\($0)") })
  }

  static func number(_ value: Double) -> JSON { value.isFinite ? JSON(value) : JSON("\(value)") }
}
