import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Objectives
import Randomness
import TensorCore

/// Expert iteration: sample, keep what is good, learn it as if it had been demonstrated.
///
/// With verified completions this is the loop of STaR (Zelikman et al., 2022), continued from the
/// last policy; with the best of n by reward it is best-of-n distillation.
public struct ExpertIteration: Algorithm {
  public static let name = "expert_iteration"

  public struct State: Codable, Sendable, Equatable {
    /// Problems asked so far: the next one's index.
    public var problems = 0
    public var tokens = 0
    public var curriculum: JSON
    public var shaping: Shaping.State
  }

  private let config: ExpertIterationConfig
  private let context: TrainingContext
  private let collector: RolloutCollector
  private var curriculum: any Curriculum
  private var shaping: Shaping
  private var problems = 0
  private var tokens = 0

  public init(_ config: ExpertIterationConfig, _ context: TrainingContext) throws {
    (self.config, self.context) = (config, context)
    let length = config.maxCompletionLength
    let maximumTokens = length > 0 ? length : context.environment.maxNewTokens
    var settings = SamplingConfig()
    settings.temperature = config.temperature
    collector = try RolloutCollector(
      context, settings: settings, maximumTokens: maximumTokens,
      generations: config.numGenerations)
    curriculum = try context.curriculum(config.curriculum)
    shaping = try Shaping(
      config.shaping,
      ShapingContext(environment: context.environment, maximumTokens: maximumTokens))
  }

  public var state: State {
    get {
      State(
        problems: problems, tokens: tokens, curriculum: curriculum.storedState,
        shaping: shaping.state)
    }
    set {
      (problems, tokens) = (newValue.problems, newValue.tokens)
      curriculum.resume(from: newValue.curriculum)
      shaping.state = newValue.shaping
    }
  }

  public static func requiredRoles(_ config: ExpertIterationConfig) -> Set<Role> { [] }

  public static func formula(_ config: ExpertIterationConfig) -> String {
    "L = -(1/N) Σ log π(y | x, y<t), over the N sampled tokens of an update's rows; kept of a "
      + "problem's \(config.numGenerations): at most \(config.keepPerPrompt), "
      + config.selection.selection.summary
  }

  public mutating func collect(
    step: Int, with models: BoundModels
  ) throws -> Collected<[[SFT.Row]]> {
    var choices: [(index: Int, choice: Choice)] = []
    for _ in 0..<config.promptsPerStep {
      var random = context.random.split("problem", problems)
      choices.append((problems, try curriculum.next(using: &random)))
      problems += 1
    }
    var groups = try collector.play(choices, with: models[.policy])
    tokens += groups.reduce(0) { $0 + $1.rollouts.reduce(0) { $0 + $1.length } }
    try groups.checkFinite(step: step)
    let shaped = shaping.shape(groups.map { $0.shaped(in: context) }, step: step)
    try groups.take(shaped.rewards, step: step)
    var rows = keep(in: &groups)
    let kept = rows.count
    if config.selection.selection.demonstrates {
      for (group, choice) in zip(groups, choices) where !group.isLearned {
        rows.append(try SFT.Row(demonstrating: choice.choice, context))
      }
    }
    let changes = curriculum.observe(groups.map(\.finished), step: step).map(\.hookEvent)
    return Collected(
      minibatches(of: rows, step: step),
      metrics: measure(groups, kept: kept, rows: rows.count, shaping: shaped.metrics),
      rollouts: groups, events: changes + shaped.events)
  }

  /// Chooses, and marks what was chosen with advantage 1: the loss is then the policy gradient's.
  private func keep(in groups: inout [RolloutGroup]) -> [SFT.Row] {
    let candidates = groups.map(\.candidates)
    let kept = config.selection.selection.kept(
      of: zip(groups, candidates).map { group, places in places.map { group.rollouts[$0] } },
      perPrompt: config.keepPerPrompt)
    var rows: [SFT.Row] = []
    for (index, places) in kept.enumerated() {
      for place in places {
        let rollout = candidates[index][place]
        groups[index].rollouts[rollout].advantage = 1
        let chosen = groups[index].rollouts[rollout]
        rows.append(
          SFT.Row(
            prompt: groups[index].prompt, completion: chosen.tokens, isScored: chosen.isSampled))
      }
    }
    return rows
  }

  /// The step's rows in a new order for each pass, in parts of at least `batch_size`.
  private func minibatches(of rows: [SFT.Row], step: Int) -> [[SFT.Row]] {
    guard !rows.isEmpty else { return [] }
    let random = context.random.split("order", step)
    let parts = max(1, rows.count / config.batchSize)
    return (0..<config.numIterations).flatMap { pass -> [[SFT.Row]] in
      var shuffle = random.split("pass", pass)
      let order = shuffle.permutation(of: rows.count)
      return (0..<parts).map { part -> [SFT.Row] in
        let first = part * rows.count / parts
        let end = (part + 1) * rows.count / parts
        return order[first..<end].map { rows[$0] }
      }
    }
  }

  public func update(
    _ index: Int, from minibatches: [[SFT.Row]], with models: BoundModels
  ) throws -> Update<SFT.Batch>? {
    guard index < minibatches.count else { return nil }
    return minibatches[index].update(microBatchRows: config.microBatchRows)
  }

  public func objective(on batch: SFT.Batch, with models: BoundModels) throws -> Objective {
    batch.crossEntropy(of: models[.policy])
  }

  public func probe(_ minibatches: [[SFT.Row]]) -> Probe { Array(minibatches.joined()).probe }

  public func dump(_ batch: SFT.Batch) -> JSON { batch.packed.json }
}

extension ExpertIteration {
  private func measure(
    _ groups: [RolloutGroup], kept: Int, rows: Int, shaping: [String: Double]
  ) -> Metrics {
    var metrics = Metrics()
    func mean(_ name: String, _ values: [Double]) {
      metrics.record(name, .mean(sum: values.reduce(0, +), weight: Double(values.count)))
    }
    let rollouts = groups.flatMap(\.rollouts)
    mean("reward", rollouts.compactMap(\.reward))
    let judged = rollouts.filter { $0.verdict.score != nil }
    mean("success", judged.map { $0.verdict.isSuccess ? 1 : 0 })
    mean("solved", groups.map { $0.rollouts.contains { $0.verdict.isSuccess } ? 1 : 0 })
    mean("kept", [Double(kept)])
    mean("demonstrated", [Double(rows - kept)])
    mean("completions/mean_length", rollouts.map { Double($0.length) })
    mean("completions/clipped_ratio", rollouts.map { $0.finish == .length ? 1 : 0 })
    mean("env/error_rate", rollouts.map { $0.verdict.score == nil ? 1 : 0 })
    mean("num_tokens", [Double(tokens)])
    for figures in [shaping, curriculum.metrics()] {
      for (name, value) in figures { mean(name, [value]) }
    }
    return metrics
  }

  public static let metrics = [
    MetricDefinition("reward", "mean over judged rollouts, after shaping"),
    MetricDefinition("reward/raw/mean", "mean over judged rollouts, before shaping"),
    MetricDefinition("success", "share of judged rollouts whose raw verdict is a success"),
    MetricDefinition("solved", "share of problems with at least one success"),
    MetricDefinition("kept", unit: "rows", "completions that the step learns from"),
    MetricDefinition(
      "demonstrated", unit: "rows", "demonstrations learned in place of unsolved problems"),
    MetricDefinition("entropy", unit: "nats", "mean over learned tokens of -Σ p log p"),
    MetricDefinition("completions/mean_length", unit: "tokens", "mean of sampled tokens"),
    MetricDefinition("completions/clipped_ratio", "share that ended without a stop"),
    MetricDefinition("env/error_rate", "share of rollouts without a verdict"),
    MetricDefinition("num_tokens", unit: "tokens", "sampled tokens of the stage"),
  ]
}

extension RolloutGroup {
  /// Judged rollouts that say different things, the highest reward first and the earliest of equals.
  fileprivate var candidates: [Int] {
    var said: Set<[Int32]> = []
    let rewards = rollouts.map(\.reward)
    return rollouts.indices
      .filter { rewards[$0] != nil && said.insert(rollouts[$0].tokens).inserted }
      .sorted { (rewards[$1] ?? 0, $0) < (rewards[$0] ?? 0, $1) }
  }

  fileprivate var isLearned: Bool { rollouts.contains { $0.advantage > 0 } }
}
