import Platform
import Synchronization

/// What the outside asks of a run between its steps, and what it is told meanwhile.
public struct RunControl: Sendable {
  /// Whether to save after this step and stop.
  public var shouldStop: @Sendable () -> Bool
  /// Whether to save after this step and go on; asked once a step.
  public var shouldSave: @Sendable () -> Bool
  /// Hears of what went wrong and did not end the run.
  public var narrate: @Sendable (String) -> Void
  public let pace = RunPace()

  public init(
    shouldStop: @escaping @Sendable () -> Bool = { false },
    shouldSave: @escaping @Sendable () -> Bool = { false },
    narrate: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.shouldStop, self.shouldSave, self.narrate) = (shouldStop, shouldSave, narrate)
  }
}

/// Where a run is and how long its steps and saves take, for another thread to see.
///
/// Times are `Machine.monotonicSeconds`.
public final class RunPace: Sendable {
  private enum Work {
    case nothing
    case step(since: Double)
    case save(since: Double)
  }

  private struct State {
    var work = Work.nothing
    var steps = 0, saves = 0
    var stepSeconds = 0.0, saveSeconds = 0.0
    var step = 0
    var savedStep: Int?
  }

  private let state = Mutex(State())

  public init() {}

  /// The step that is running, or the last that ran.
  public var step: Int { state.withLock(\.step) }
  /// The step of the latest checkpoint, if there is one.
  public var savedStep: Int? { state.withLock(\.savedStep) }

  /// How long it takes from `now` to finish and save the running step, by the means so far.
  ///
  /// 0 as long as nothing is known.
  public func secondsToSave(from now: Double) -> Double {
    state.withLock { state in
      let step = state.steps > 0 ? state.stepSeconds / Double(state.steps) : 0
      let save = state.saves > 0 ? state.saveSeconds / Double(state.saves) : 0
      switch state.work {
      case .nothing: return save
      case .step(let start): return max(0, step - (now - start)) + save
      case .save(let start): return max(0, save - (now - start))
      }
    }
  }

  func resumed(at step: Int) {
    state.withLock { ($0.step, $0.savedStep) = (step, step) }
  }

  func stepBegan(_ step: Int, at now: Double) {
    state.withLock { ($0.step, $0.work) = (step, .step(since: now)) }
  }

  func saveBegan(at now: Double) {
    state.withLock { state in
      Self.endStep(&state, now)
      state.work = .save(since: now)
    }
  }

  /// Ends the step or save that was running; `saved` is the step that is safe now.
  func ended(at now: Double, saved step: Int? = nil) {
    state.withLock { state in
      Self.endStep(&state, now)
      if case .save(let start) = state.work {
        state.saves += 1
        state.saveSeconds += now - start
      }
      state.work = .nothing
      if let step { state.savedStep = step }
    }
  }

  private static func endStep(_ state: inout State, _ now: Double) {
    guard case .step(let start) = state.work else { return }
    state.steps += 1
    state.stepSeconds += now - start
  }
}
