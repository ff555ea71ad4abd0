import Configuration
import EnvironmentKit

/// The fixed problems that a run looks at, listed before anything is created.
struct RunEvaluators: Sendable {
  /// Every so many steps; `nil` where never.
  let held: Evaluator?
  /// The last word of each stage.
  let test: Evaluator
  /// For the stopping rule of each stage that has one.
  let stops: [Evaluator?]

  init(_ setup: RunSetup) throws {
    held = setup.config.evaluation.every > 0 ? try setup.evaluator(setup.evaluationRequest) : nil
    test = try setup.evaluator(EvaluationRequest(split: .test))
    stops = try setup.config.stages.values.map {
      try $0.stage.stopWhen.isOn ? setup.evaluator($0.stage.stopWhen.request) : nil
    }
  }
}

extension StopCondition {
  fileprivate var request: EvaluationRequest {
    EvaluationRequest(split: metric == "train/success" ? .train : .eval, episodes: episodes)
  }
}
