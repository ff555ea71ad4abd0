import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Randomness
import TensorCore
import Tokenizers

/// What a run will do and need, worked out before anything is created.
public struct RunPlan: Sendable {
  public struct Stage: Sendable {
    public var name, type, formula: String
    public var steps: Int
    public var stopsEarly: Bool
  }

  public var stages: [Stage]
  /// Of the policy, without an adapter; and how many numbers of it are trained.
  public var parameters, trainable: Int
  public var vocabulary: Int
  /// Weights, gradients, moments, frozen copies, and a micro-batch's activations, in bytes.
  public var memory: Int
  /// Checkpoints that are kept, and one being written, in bytes.
  public var checkpointDisk: Int
  /// Rollout logs, at full completions, in bytes.
  public var rolloutDisk: Int
  public var departures: [Departure]

  public init(_ setup: RunSetup, departures: [Departure]) {
    let config = setup.config
    let weights = setup.architecture.freshParameters(from: RandomStream(seed: 0))
    let whole = weights.withoutAdapters.count
    let moving = setup.architecture.adapter == nil ? whole : weights.adapters.count
    (parameters, trainable) = (whole, moving)
    vocabulary = setup.tokenizer.vocabularySize
    self.departures = departures
    var stages: [Stage] = []
    // Numbers of the roles that stand still: those that share the policy's base have an adapter.
    var frozen = 0
    var rollouts = 0
    var rows = 0
    var trained = 1
    for (index, (name, variant)) in config.stages.entries.enumerated() {
      let stage = variant.stage
      stages.append(
        Stage(
          name: name, type: variant.type, formula: formula(variant.algorithm, stage),
          steps: stage.maxSteps, stopsEarly: stage.stopWhen.isOn))
      rows = max(rows, stage.microBatchRows)
      let cast = setup.roles.casts[index]
      let still = cast.roles.subtracting(cast.trained)
      frozen = max(
        frozen, still.reduce(0) { $0 + (setup.roles.sharesBase($1) ? moving : whole) })
      trained = max(trained, cast.trained.count)
      if let sampling = stage as? any SamplingStageConfig {
        rollouts += rolloutBytes(sampling, setup)
      }
    }
    self.stages = stages
    rolloutDisk = rollouts
    // A layer keeps about 16 rows of its width for the backward pass.
    let width = weights["model.norm.weight"]?.count ?? 0
    let layers = weights.names.count { $0.hasSuffix("input_layernorm.weight") }
    memory = (trained * 3 * (whole + moving) + frozen + rows * width * layers * 16) * 4
    let kept = config.checkpoint.keep + (config.checkpoint.keepBest ? 1 : 0) + 1
    checkpointDisk = kept * (trained * (whole + 2 * moving) + frozen) * 4
  }

  public var json: JSON {
    [
      "stages": JSON(
        stages.map {
          [
            "name": JSON($0.name), "type": JSON($0.type), "steps": JSON($0.steps),
            "stops_early": JSON($0.stopsEarly), "formula": JSON($0.formula),
          ] as JSON
        }),
      "parameters": JSON(parameters), "trainable": JSON(trainable), "vocabulary": JSON(vocabulary),
      "memory": JSON(memory),
      "disk": ["checkpoints": JSON(checkpointDisk), "rollouts": JSON(rolloutDisk)],
      "departures": JSON(departures.map { JSON("\($0)") }),
    ]
  }
}

private func formula(_ type: any Algorithm.Type, _ stage: any StageConfig) -> String {
  func open<Method: Algorithm>(_ type: Method.Type) -> String {
    (stage as? Method.Config).map(Method.formula) ?? ""
  }
  return open(type)
}

/// About 14 bytes a logged token and 160 a completion, as the log's JSON has it.
private func rolloutBytes(_ stage: any SamplingStageConfig, _ setup: RunSetup) -> Int {
  let every: Int
  switch setup.config.rollouts {
  case .word(let word):
    if word == "none" { return 0 }
    every = 1
  case .block(let block): every = block.every
  }
  let tokens =
    stage.maxCompletionLength > 0 ? stage.maxCompletionLength : setup.environment.maxNewTokens
  let completions = stage.promptsPerStep * stage.numGenerations
  return stage.maxSteps / every * completions * (160 + 14 * tokens)
}
