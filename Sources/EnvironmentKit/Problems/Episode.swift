/// One attempt at one problem. A value: a group of rollouts starts from copies of it.
public protocol Episode: Sendable {
  var opening: [Message] { get }
  /// Takes the policy's bytes up to, and without, the stop; truncated means no stop was produced.
  mutating func respond(to completion: [UInt8], isTruncated: Bool) -> Turn
}

/// What an environment does after a completion.
public enum Turn: Sendable {
  /// The conversation goes on; the reward is for this turn alone.
  case reply([Message], reward: Double)
  case finished(Verdict)
}

/// Asks once and judges the answer.
struct SingleTurnEpisode: Episode {
  let opening: [Message]
  let problem: Problem
  let judging: Judging

  mutating func respond(to completion: [UInt8], isTruncated: Bool) -> Turn {
    .finished(judging.verdict(on: completion, isTruncated: isTruncated, problem: problem))
  }
}
