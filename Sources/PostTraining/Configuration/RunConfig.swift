import Configuration
import NeuralNetworks

/// A whole run: what it trains, on what, in which stages.
public struct RunConfig: ConfigBlock {
  public var seed = 0
  public var threads = 0
  public var rollouts: WordOr<RolloutLogging> = "all"
  public var model = Variant<ModelCatalog>()
  public var lora: WordOr<LoRAConfig> = "none"
  public var models = RoleModels()
  public var environment = ""
  public var evaluation = EvaluationConfig()
  public var diagnostics = DiagnosticsConfig()
  public var checkpoint = CheckpointConfig()
  public var stages = OrderedMap<Variant<AlgorithmCatalog>>()
  public init() {}

  public static let keys = [
    KeyDescription("seed", "decides every random draw of the run", "0..."),
    KeyDescription("threads", "threads; 0 is all cores; never changes a result", "0..."),
    KeyDescription("rollouts", "which steps' rollouts are written", "all|none"),
    KeyDescription("model", "the policy to begin with"),
    KeyDescription(
      "lora", "low-rank adapters, which are trained while the models' own weights stand", "none"),
    KeyDescription("models", "the models beside the policy"),
    KeyDescription("environment", "an environment file"),
    KeyDescription("evaluation", "held-out success while training"),
    KeyDescription("diagnostics", "what training does to the policy"),
    KeyDescription("checkpoint", "when the run's state is saved"),
    KeyDescription("stages", "the stages by name, in order"),
  ]

  public func validate() throws(ConfigError) {
    if stages.isEmpty {
      throw ConfigError(path: "stages", reason: "expected at least one stage, found none")
    }
    if environment.isEmpty {
      throw ConfigError(path: "environment", reason: "expected an environment file, found none")
    }
    if let model = model.block as? CheckpointModel, model.checkpoint.isEmpty {
      throw ConfigError(path: "model.checkpoint", reason: "expected a directory, found none")
    }
  }
}

/// Every how many steps the rollouts are written.
public struct RolloutLogging: ConfigBlock {
  public var every = 1
  public init() {}
  public static let keys = [KeyDescription("every", "steps from one to the next", "1...")]
}

/// Evaluation while training: its own decoding and seed, on distinct held-out problems.
public struct EvaluationConfig: ConfigBlock, Equatable {
  public enum Split: String, Codable, Sendable, CaseIterable { case train, eval }

  public var split = Split.eval
  public var every = 50
  public var episodes = 0
  public var samples = 1
  public var temperature: Double = 0
  public var topK = 0
  public var topP: Double = 1
  public var minP: Double = 0
  public var repetitionPenalty: Double = 1
  public var seed = 0
  public init() {}

  public static let keys = [
    KeyDescription("split", "whose problems; the test split is for the end of a stage alone"),
    KeyDescription("every", "steps between evaluations; 0 is never", "0..."),
    KeyDescription("episodes", "distinct problems; 0 is all there are, at most 2000", "0..."),
    KeyDescription("samples", "completions of each problem", "1..."),
    KeyDescription("temperature", "0 takes the most probable token", "0..."),
    KeyDescription("top_k", "keep this many tokens; 0 keeps all", "0..."),
    KeyDescription("top_p", "keep the fewest tokens that hold this probability", "0...1"),
    KeyDescription("min_p", "drop tokens below this share of the most probable", "0...1"),
    KeyDescription("repetition_penalty", "divide the logits of tokens seen by it", ">0"),
    KeyDescription("seed", "of its own draws; training's never depend on it", "0..."),
  ]

  public func validate() throws(ConfigError) {
    if temperature == 0 && samples > 1 {
      throw ConfigError(
        path: "samples",
        reason: "at temperature 0 all samples are equal: expected 1, found \(samples)")
    }
  }
}

/// When the run's state is saved, and what is kept.
public struct CheckpointConfig: ConfigBlock, Equatable {
  public var every = 100
  public var keep = 2
  public var keepBest = true
  public var maxFailedSaves = 3
  public init() {}
  public static let keys = [
    KeyDescription("every", "steps between checkpoints; stages end with one too", "1..."),
    KeyDescription("keep", "how many of the latest are kept", "1..."),
    KeyDescription("keep_best", "of those saved, the one with the best evaluation is kept too"),
    KeyDescription(
      "max_failed_saves", "a run ends when so many saves in a row failed, for want of space",
      "1..."),
  ]
}
