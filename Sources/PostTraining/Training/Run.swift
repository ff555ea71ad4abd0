import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Platform
import Randomness
import TensorCore

/// A run in its directory: stages one after another, logs, evaluations, checkpoints.
public struct Run: Sendable {
  public typealias Watcher = (StepReport) -> Void

  private let setup: RunSetup
  private let directory: RunDirectory
  private let configHash: String
  private var state = RunState()
  private var models: Models
  private var restored: CheckpointFiles?
  private var saves: RunSaves
  private var warnings = RunWarnings()
  private let evaluators: RunEvaluators
  private let control: RunControl

  /// A new run, from its first step.
  init(
    _ setup: RunSetup, _ evaluators: RunEvaluators, in directory: RunDirectory,
    _ control: RunControl
  ) throws {
    (self.setup, self.evaluators) = (setup, evaluators)
    (self.directory, self.control) = (directory, control)
    saves = RunSaves(setup.config.checkpoint, in: directory, control)
    configHash = try Self.hash(of: setup)
    models = Models()
    models.architectures[.policy] = setup.architecture
    try directory.writeConfig(setup.json)
  }

  /// Continues from `checkpoint`, to which the logs have been brought back.
  mutating func resume(from checkpoint: CheckpointFiles) throws {
    state = try RunState(checkpoint)
    saves.resumed(from: checkpoint)
    warnings.state = state.warnings
    restored = checkpoint
    let stage = setup.config.stages.entries[state.stage].value.stage
    if state.isStageFinished && !state.isStageStopped && state.stageStep < stage.maxSteps {
      // More steps are asked for than before: the stage goes on, and has its last word again.
      state.isStageFinished = false
      state.summaries.removeLast()
    }
    for role in Role.allCases {
      models.weights[role] = try checkpoint.weights(of: role)
    }
  }

  /// Runs what is left of every stage.
  public mutating func run(_ watch: Watcher) throws -> RunResult {
    if models.weights[.policy] == nil { models.weights[.policy] = setup.initialParameters() }
    let stages = setup.config.stages.entries
    if control.shouldStop() { throw interrupted() }
    while state.stage < stages.count {
      let (name, stage) = stages[state.stage]
      if !state.isStageFinished { try open(stage.algorithm, stage.stage, name, watch) }
      state.stage += 1
      (state.stageStep, state.isStageFinished, state.algorithm) = (0, false, .null)
      state.isStageStopped = false
      state.seconds = 0
      warnings.beginStage()
      restored = nil
    }
    publish(["state": "completed", "step": JSON(state.step)])
    return RunResult(
      directory: directory.path, step: state.step, checkpoint: saves.latest?.path ?? "",
      stages: state.summaries)
  }

  private mutating func open<Method: Algorithm>(
    _ type: Method.Type, _ stage: any StageConfig, _ name: String, _ watch: Watcher
  ) throws {
    guard let config = stage as? Method.Config else {
      preconditionFailure("\(name): \(stage) is not \(Method.Config.self)")
    }
    let cast = setup.roles.casts[state.stage]
    try setup.roles.provide(
      &models, forStage: state.stage, resumed: restored != nil,
      from: setup.random.split("stage \(name)"))
    let method = try Method(config, setup.context(ofStage: name))
    var trainer = Trainer(method, config: config, models: models)
    models = Models(architectures: models.architectures)  // the trainer alone holds the weights
    if let restored {
      var optimizers: [Role: Parameters] = [:]
      for role in Role.allCases {
        let moments = try restored.parameters("optimizer/\(role.rawValue).safetensors")
        if let moments { optimizers[role] = moments }
      }
      trainer.restore(
        step: state.stageStep, method: try state.algorithm.decode(Method.State.self),
        optimizers: optimizers)
    }
    try train(&trainer, config, cast, name, watch)
    models = trainer.models
  }

  private mutating func train<Method: Algorithm>(
    _ trainer: inout Trainer<Method>, _ config: Method.Config, _ cast: RunRoles.Cast,
    _ name: String, _ watch: Watcher
  ) throws {
    let initial = cast.initial
    let stopEvaluator = evaluators.stops[state.stage]
    while trainer.step < config.maxSteps && !state.isStageFinished {
      let isDiagnosed = initial != nil && (state.step + 1) % setup.config.diagnostics.every == 0
      let before = isDiagnosed ? trainer.models.weights[.policy] : nil
      let start = Machine.monotonicSeconds
      control.pace.stepBegan(state.step + 1, at: start)
      let report = try advance(&trainer)
      let seconds = Machine.monotonicSeconds - start
      state.step += 1
      state.stageStep = trainer.step
      state.seconds += seconds
      var metrics = report.metrics
      let evaluation = Machine.monotonicSeconds
      if let initial, let before {
        metrics.merge(
          try trainer.diagnose(report.collected.experience, before: before, initial: initial))
      }
      if cast.trained.contains(.policy) {
        try evaluate(trainer, config, name, stopEvaluator, &metrics)
      }
      if evaluators.held != nil && state.step % setup.config.evaluation.every == 0 {
        metrics.merge(try trainer.method.evaluate(with: try trainer.models.bound()))
      }
      let evaluated = Machine.monotonicSeconds - evaluation
      if trainer.step == config.maxSteps { state.isStageFinished = true }
      if report.collected.endsStage { (state.isStageFinished, state.isStageStopped) = (true, true) }
      try log(report.collected)
      let values =
        metrics.values.keys.sorted().compactMap { key in metrics[key].map { (key: key, value: $0) }
        }
        + [
          (key: "time/step", value: seconds), ("time/generate", report.generateSeconds),
          ("time/update", report.updateSeconds), ("time/evaluate", evaluated),
          ("time/checkpoint", saves.takeSeconds()),
          ("machine/memory_peak", Double(Machine.peakMemory)),
        ]
      try directory.appendMetrics(step: state.step, stage: name, values)
      try checkFirstLaw(metrics)
      watch(
        StepReport(
          stage: name, step: state.step, stageStep: trainer.step, stageSteps: config.maxSteps,
          values: values, warnings: report.collected.warnings + (try warn(values))))
      if state.isStageFinished { try summarize(trainer, cast, name) }
      try saveIfDue(trainer)
    }
  }

  /// Saves when it is time to, or when that was asked for; ends a run that was asked to stop.
  private mutating func saveIfDue<Method: Algorithm>(_ trainer: Trainer<Method>) throws {
    let isDone = state.isStageFinished && state.stage + 1 == setup.config.stages.count
    let isDue = state.isStageFinished || state.step % setup.config.checkpoint.every == 0
    let (stops, isAsked) = (control.shouldStop(), control.shouldSave())
    if isDue || stops || isAsked {
      try save(trainer, isLast: isDone || stops)
    } else {
      control.pace.ended(at: Machine.monotonicSeconds)
    }
    if stops && !isDone { throw interrupted() }
  }

  private func interrupted() -> InterruptedError {
    publish(["state": "interrupted", "step": JSON(state.step)])
    return InterruptedError(
      directory: directory.path, step: state.step, savedStep: saves.latest?.step)
  }

  /// For those who look from outside; no reason to end a run, should it fail.
  private func publish(_ status: JSON) {
    do {
      try directory.writeStatus(status)
    } catch {
      control.narrate("\(error)")
    }
  }

  /// One step; what a step diverged on is kept in `crash/`, and no checkpoint is made of it.
  private func advance<Method: Algorithm>(
    _ trainer: inout Trainer<Method>
  ) throws -> Trainer<Method>.Report {
    do {
      return try trainer.advance()
    } catch var error as DivergedError {
      error.step = state.step + 1
      try directory.writeCrash(
        ["step": JSON(error.step), "what": JSON(error.what), "batch": error.batch],
        step: error.step)
      publish(["state": "diverged", "step": JSON(error.step)])
      throw error
    }
  }

  /// What the rules have to say of the step, also written down as events.
  private mutating func warn(_ values: [(key: String, value: Double)]) throws -> [String] {
    let metrics = Dictionary(uniqueKeysWithValues: values.map { ($0, $1) })
    let found = warnings.observe(metrics, endsStage: state.isStageFinished)
    for warning in found {
      try directory.appendEvent(
        "warning", step: state.step,
        [("rule", JSON(warning.rule)), ("warning", JSON(warning.message))])
    }
    return found.map(\.message)
  }

  private func log<Experience>(_ collected: Collected<Experience>) throws {
    for event in collected.events {
      let warning = event.warning.isEmpty ? [] : [(key: "warning", value: JSON(event.warning))]
      try directory.appendEvent(
        event.name, step: state.step,
        (event.details.members ?? []).map { (key: $0.key, value: $0.value) } + warning)
    }
    let isLogged =
      switch setup.config.rollouts {
      case .word(let word): word == "all"
      case .block(let block): state.step % block.every == 0
      }
    if isLogged && !collected.rollouts.isEmpty {
      try directory.appendRollouts(
        collected.rollouts.map { $0.json(step: state.step) }, step: state.step)
    }
  }

  /// Held-out success when it is due, and the stage's stopping rule.
  private mutating func evaluate<Method: Algorithm>(
    _ trainer: Trainer<Method>, _ config: Method.Config, _ name: String,
    _ stopEvaluator: Evaluator?, _ metrics: inout Metrics
  ) throws {
    let every = setup.config.evaluation.every
    if let evaluator = evaluators.held, state.step % every == 0 {
      let evaluation = try evaluator.evaluate(try trainer.models.bound()[.policy])
      let success = evaluation.success
      metrics.record("eval/success", .mean(sum: success, weight: 1))
      metrics.record("eval/\(setup.environment.name)/success", .mean(sum: success, weight: 1))
      try directory.writeEvaluation(evaluation.json, step: state.step)
      let isSaved = state.step % setup.config.checkpoint.every == 0
      if isSaved && success > state.best?.success ?? -1 {
        state.best = .init(step: state.step, success: success)
      }
    }
    let stop = config.stopWhen
    if let stopEvaluator, trainer.step % stop.every == 0 {
      let success = try stopEvaluator.evaluate(try trainer.models.bound()[.policy]).success
      metrics.record("stop/\(stop.metric)", .mean(sum: success, weight: 1))
      if success >= stop.atLeast { (state.isStageFinished, state.isStageStopped) = (true, true) }
    }
  }

  /// The stage's last word: every distinct problem of the test split, greedily, by the policy that
  /// it trained.
  private mutating func summarize<Method: Algorithm>(
    _ trainer: Trainer<Method>, _ cast: RunRoles.Cast, _ name: String
  ) throws {
    var summary: JSON = [
      "name": JSON(name), "steps": JSON(trainer.step), "seconds": JSON(state.seconds),
    ]
    if cast.trained.contains(.policy) {
      let evaluation = try evaluators.test.evaluate(try trainer.models.bound()[.policy])
      summary["evaluation"] = [
        "environments": JSON(members: [(setup.environment.name, evaluation.json)])
      ]
    }
    state.summaries.append(summary)
  }

  /// Sampling and training share one arithmetic; if they ever differ, no later number counts.
  private func checkFirstLaw(_ metrics: Metrics) throws {
    if let difference = metrics["sampling/logp_difference_max"], difference != 0 {
      throw ArithmeticMismatch(step: state.step, difference: difference)
    }
  }

  private mutating func save<Method: Algorithm>(
    _ trainer: Trainer<Method>, isLast: Bool
  ) throws {
    state.algorithm = try JSON(encoding: trainer.method.state)
    state.warnings = warnings.state
    try saves.save(
      step: state.step, best: state.best?.step, resumedFrom: restored?.path, isLast: isLast
    ) { [state, setup, configHash] in
      CheckpointContent(
        step: state.step,
        files: try state.files(
          trainer.models, trainer.training.mapValues(\.optimizer.state), setup: setup),
        configHash: configHash,
        environmentFingerprints: [setup.environment.name: setup.environment.fingerprint],
        version: laboratoryVersion)
    }
    publish([
      "state": "running", "step": JSON(state.step),
      "checkpoint": JSON(saves.latest?.path ?? ""),
    ])
  }
}
