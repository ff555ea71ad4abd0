import Configuration
import Randomness

/// A generator of problems for one parameter set; it knows neither prompt style nor rewards.
///
/// A new family is one file and one line in a catalog. Draws are pure functions of the stream.
public protocol ProblemFamily: Sendable, SendableMetatype {
  /// The parameters of one level.
  associatedtype Config: ConfigBlock
  /// The `task` of an environment file.
  static var name: String { get }
  /// Raised whenever the same stream would give other problems; part of the fingerprint.
  static var version: Int { get }
  /// The difficulty ladder when an environment file names no levels.
  static var levels: [Config] { get }
  /// Traps of the audit that cannot apply, each with the reason that its row shows.
  static var exemptions: [Trap: String] { get }

  init(_ config: Config) throws(ConfigError)
  /// Every character that a question or an answer can contain.
  var alphabet: String { get }
  func problem(using random: inout RandomStream) -> Problem
  /// The same problem asked in another of its forms: the operands of `+` in another order.
  func rephrased(_ problem: Problem, using random: inout RandomStream) -> Problem
  /// One attempt at `problem`; most families keep the default, which asks once.
  func episode(for problem: Problem, opening: [Message], judging: Judging) -> any Episode
}

extension ProblemFamily {
  public static var exemptions: [Trap: String] { [:] }

  public func rephrased(_ problem: Problem, using random: inout RandomStream) -> Problem {
    problem
  }

  public func episode(
    for problem: Problem, opening: [Message], judging: Judging
  ) -> any Episode {
    SingleTurnEpisode(opening: opening, problem: problem, judging: judging)
  }
}
