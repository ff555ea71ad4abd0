import Configuration
import NeuralNetworks
import Randomness
import TensorCore
import TestSupport
import Testing

/// What every optimizer keeps; a new one joins by being in the catalog.
@Suite struct OptimizerTests {
  static let names = OptimizerCatalog.entries.map(\.name)

  /// Variants of each optimizer that use all of its state, and a change for each of its own keys.
  /// What the trainer reads (rate, norm, schedule) is not the optimizer's.
  static let changes: [String: [(base: JSON, keys: KeyValuePairs<String, JSON>)]] = [
    "adamw": [
      (
        ["weight_decay": 0.1],
        [
          "beta1": 0.5, "beta2": 0.9, "epsilon": 0.1, "weight_decay": 0.2,
          "decay_matrices_only": false, "groups": [["match": ["a"]]],
        ]
      )
    ],
    "adam": [
      (
        ["weight_decay": 0.1, "amsgrad": true, "beta2": 0.5],
        [
          "beta1": 0.5, "beta2": 0.9, "epsilon": 0.1, "amsgrad": false, "weight_decay": 0.2,
          "decay_matrices_only": false, "groups": [["match": ["a"]]],
        ]
      )
    ],
    "sgd": [
      (
        ["momentum": 0.5, "weight_decay": 0.1],
        [
          "momentum": 0.9, "dampening": 0.5, "nesterov": true, "weight_decay": 0.2,
          "decay_matrices_only": false, "groups": [["match": ["a"]]],
        ]
      )
    ],
    "rmsprop": [
      (
        ["momentum": 0.5, "weight_decay": 0.1, "centered": true],
        [
          "alpha": 0.9, "epsilon": 0.1, "centered": false, "momentum": 0.9, "weight_decay": 0.2,
          "decay_matrices_only": false, "groups": [["match": ["a"]]],
        ]
      )
    ],
    "muon": [
      (
        ["weight_decay": 0.1],
        [
          "momentum": 0.5, "nesterov": false, "weight_decay": 0.2, "newton_schulz_steps": 3,
          "scale": "match_rms_adamw", "others": ["match": ["a"]],
        ]
      ),
      (
        ["others": ["weight_decay": 0.1]],
        [
          "others": ["weight_decay": 0.1, "learning_rate": 1], "others": ["weight_decay": 0.2],
          "others": ["weight_decay": 0.1, "beta1": 0.5],
          "others": ["weight_decay": 0.1, "beta2": 0.5],
          "others": ["weight_decay": 0.1, "epsilon": 0.5],
        ]
      ),
    ],
  ]

  private struct Stage: ConfigBlock {
    var optimizer = Variant<OptimizerCatalog>()
    static let keys = [KeyDescription("optimizer", "")]
  }

  private static let byTrainer = ["learning_rate", "max_grad_norm", "schedule"]

  private func optimizer(_ name: String, _ keys: JSON) throws -> any Optimizer {
    let json = JSON(members: [("type", JSON(name))]).merging(keys)
    return try resolve(Stage.self, from: ["optimizer": json]).block.optimizer.config.makeOptimizer()
  }

  /// A matrix of more than one thread's work, a tall one, a vector, an embedding.
  private func weights(_ seed: UInt64) -> Parameters {
    var random = RandomStream(seed: seed)
    var weights = Parameters()
    let shapes: [(String, Shape)] = [
      ("a", [96, 200]), ("b", [70, 30]), ("c", [50]), ("embed_tokens", [20, 8]),
    ]
    for (name, shape) in shapes {
      weights[name] = .normal(shape, standardDeviation: 1, using: &random)
    }
    return weights
  }

  private func steps(
    _ range: Range<Int>, _ optimizer: inout any Optimizer, _ weights: inout Parameters
  ) {
    for step in range {
      optimizer.update(
        &weights, gradients: self.weights(UInt64(100 + step)), gradientScale: 0.5,
        learningRate: 0.01)
    }
  }

  /// Every case of the file has a test that names it.
  @Test func noGoldenIsLeftOut() throws {
    let tested: Set = [
      "adamw", "adamw_b95_wd0.1", "adamw_amsgrad", "adam_l2", "sgd", "sgd_momentum",
      "sgd_nesterov", "sgd_dampening", "rmsprop", "rmsprop_centered_momentum", "muon",
      "muon_match_rms",
    ]
    #expect(try Set(OptimizerFixture.load().cases.keys) == tested)
  }

  @Test(arguments: names) func everyKeyDoesSomething(_ name: String) throws {
    let rows = try #require(Self.changes[name], "\(name) has no row")
    var covered: Set<String> = Set(Self.byTrainer)
    for (base, keys) in rows {
      var (plain, before) = (try optimizer(name, base), weights(1))
      steps(0..<3, &plain, &before)
      for (key, value) in keys {
        covered.insert(key)
        let changed = base.merging(JSON(members: [(key, value)]))
        var (other, after) = (try optimizer(name, changed), weights(1))
        steps(0..<3, &other, &after)
        #expect(!after.isIdentical(to: before), "\(key)")
      }
    }
    let entry = try #require(OptimizerCatalog.entries.first { $0.name == name })
    #expect(covered == Set(entry.block.keys.map(\.key)))
  }

  /// Saved after three steps, written as bytes and read again: the next three give the same bits.
  @Test(arguments: names) func stateGoesThroughAFile(_ name: String) throws {
    for (base, _) in try #require(Self.changes[name]) {
      var (whole, weights) = (try optimizer(name, base), weights(1))
      steps(0..<3, &whole, &weights)
      var resumed = try optimizer(name, base)
      resumed.state = try Parameters(safetensors: whole.state.safetensorsBytes)
      var resumedWeights = try Parameters(safetensors: weights.safetensorsBytes)
      steps(3..<6, &whole, &weights)
      steps(3..<6, &resumed, &resumedWeights)
      #expect(resumedWeights.isIdentical(to: weights))
      #expect(resumed.state.isIdentical(to: whole.state))
    }
  }

  @Test(arguments: names) func threadsChangeNoBit(_ name: String) throws {
    for (base, _) in try #require(Self.changes[name]) {
      let outcomes = try [1, 4].map { threads in
        try onThreads(threads) {
          var (optimizer, weights) = (try optimizer(name, base), weights(1))
          steps(0..<2, &optimizer, &weights)
          return weights
        }
      }
      #expect(outcomes[0].isIdentical(to: outcomes[1]))
      #expect(!outcomes[0].isIdentical(to: weights(1)))
    }
  }

  /// Weights without a gradient stay, to the bit, whatever decays.
  @Test(arguments: names) func whatHasNoGradientStays(_ name: String) throws {
    for (base, _) in try #require(Self.changes[name]) {
      var (optimizer, moved) = (try optimizer(name, base), weights(1))
      let start = moved
      optimizer.update(
        &moved, gradients: Parameters(), gradientScale: 1, learningRate: 0.1)
      #expect(moved.isIdentical(to: start))
    }
  }

  /// `½‖w‖²` has its weights as its gradient: three hundred small steps bring it near 0.
  @Test(arguments: names) func descends(_ name: String) throws {
    var weights = Parameters()
    weights["matrix"] = Tensor([0.5, -0.25, 0.125, 0.375], shape: [2, 2])
    weights["vector"] = Tensor([0.25, -0.5])
    let start = gradientNorm(weights)
    var optimizer = try optimizer(name, [:])
    for _ in 0..<300 {
      optimizer.update(&weights, gradients: weights, gradientScale: 1, learningRate: 0.01)
    }
    #expect(gradientNorm(weights) < 0.5 * start)
  }
}
