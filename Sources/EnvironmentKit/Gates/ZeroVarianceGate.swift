import Configuration

/// Catches groups whose raw rewards are all equal: their advantages are 0.
///
/// Equality is exact and over the whole group; a deviation computed in floating point would miss
/// some. Groups in which nothing could be judged are caught too.
public struct ZeroVarianceGate: Gate {
  public static let name = "zero_variance"

  public enum Exhausted: String, Codable, Sendable, CaseIterable { case keep, skip }

  public struct Config: ConfigBlock {
    public var action = GateDecision.resample
    public var maxResample = 4
    public var onExhausted = Exhausted.keep
    public init() {}
    public static let keys = [
      KeyDescription("action", "what becomes of a caught group", "keep|skip|resample"),
      KeyDescription("max_resample", "other problems tried in one place of the batch", "1..."),
      KeyDescription("on_exhausted", "what becomes of the last one tried", "keep|skip"),
    ]
  }

  public struct State: Codable, Sendable, Equatable {
    public var seen = 0
    public var admitted = 0
    public var solvedAll = 0
    public var failedAll = 0
    public var resampled = 0
  }

  public var state = State()
  private let config: Config

  public init(_ config: Config) { self.config = config }

  public mutating func decide(on group: FinishedGroup, attempt: Int) -> GateDecision {
    state.seen += 1
    let scores = group.scores
    let isCaught = !scores.contains { $0 != scores[0] }
    let decision = isCaught ? decision(afterAttempt: attempt) : .keep
    if isCaught, let success = group.success {
      if success == 1 { state.solvedAll += 1 }
      if success == 0 { state.failedAll += 1 }
    }
    if decision == .keep { state.admitted += 1 }
    if decision == .resample { state.resampled += 1 }
    return decision
  }

  private func decision(afterAttempt attempt: Int) -> GateDecision {
    guard config.action == .resample, attempt >= config.maxResample else { return config.action }
    return config.onExhausted == .keep ? .keep : .skip
  }

  public func metrics() -> [String: Double] {
    [
      "gate/zero_variance/seen": Double(state.seen),
      "gate/zero_variance/admitted": Double(state.admitted),
      "gate/zero_variance/solved_all": Double(state.solvedAll),
      "gate/zero_variance/failed_all": Double(state.failedAll),
      "gate/zero_variance/resampled": Double(state.resampled),
    ]
  }
}
