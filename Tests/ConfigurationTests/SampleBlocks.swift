import Configuration

enum Scale: String, Codable, CaseIterable { case none, group, batch }

struct Adam: ConfigBlock {
  var learningRate: Float = 1e-3
  var betas: [Double] = [0.9, 0.999]
  init() {}
  init(learningRate: Float) { self.learningRate = learningRate }
  static let keys = [
    KeyDescription("learning_rate", "step size", ">0"),
    KeyDescription("betas", "decay of the moments", "0..<1"),
  ]
}

struct Descent: ConfigBlock {
  var learningRate: Float = 0.1
  var momentum: Float = 0
  init() {}
  static let keys = [
    KeyDescription("learning_rate", "step size", ">0"),
    KeyDescription("momentum", "share of the last step", "0..<1"),
  ]
}

enum Optimizers: VariantCatalog {
  static var entries: [(name: String, block: any ConfigBlock.Type)] {
    [("adamw", Adam.self), ("sgd", Descent.self)]
  }
  static let standard = "adamw"
}

struct Stage: ConfigBlock {
  var preset = "none"
  var numGenerations = 8
  var epsilon: Float = 0.2
  var epsilonHigh: Float = 0.2
  var scaleRewards = Scale.group
  var optimizer = Variant<Optimizers>("adamw", Adam(learningRate: 3e-4))
  init() {}
  static let keys = [
    KeyDescription("preset", "values set together"),
    KeyDescription("num_generations", "rollouts of each problem", "2..."),
    KeyDescription("epsilon", "lowest ratio is 1 - epsilon", "0..<1"),
    KeyDescription("epsilon_high", "highest ratio is 1 + epsilon_high", "0..."),
    KeyDescription("scale_rewards", "what advantages are divided by"),
    KeyDescription("optimizer", "how weights move"),
  ]
  static let presets: [String: JSON] = [
    "dapo": ["epsilon_high": 0.28, "scale_rewards": "group"],
    "slow": ["optimizer": ["type": "sgd", "momentum": 0.5]],
  ]
  func validate() throws(ConfigError) {
    if epsilonHigh < epsilon {
      throw ConfigError(path: "epsilon_high", reason: "at least epsilon, found \(epsilonHigh)")
    }
  }
}

struct Run: ConfigBlock {
  var seed = 0
  var name = ""
  var rollouts = "all"
  var isTied = false
  var tags: [String] = []
  var stages = OrderedMap<Stage>()
  var gates: [Variant<Optimizers>] = [Variant("sgd")]
  var levels: [Adam] = []
  var weights = ["a": 1.0]
  var raw: JSON = [:]
  var reference: WordOr<Adam> = "initial"
  init() {}
  static let keys = [
    KeyDescription("seed", "chooses all random draws", "0..."),
    KeyDescription("name", "the run's name"),
    KeyDescription("rollouts", "which are kept", "all|none"),
    KeyDescription("is_tied", "shared embedding"),
    KeyDescription("tags", "words to find it by"),
    KeyDescription("stages", "what is done, in order"),
    KeyDescription("gates", "a list of choices"),
    KeyDescription("levels", "a list of blocks"),
    KeyDescription("weights", "numbers by name", "0..."),
    KeyDescription("raw", "read elsewhere"),
    KeyDescription("reference", "a word or a block", "initial|none"),
  ]
}
