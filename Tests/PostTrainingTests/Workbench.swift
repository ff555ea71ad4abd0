import Configuration
import EnvironmentKit
import Environments
import Foundation
import LanguageModels
import NeuralNetworks
import Platform
import Randomness
import TensorCore
import TestSupport

@testable import PostTraining

/// A temporary folder with small environments, and configurations of small models over them.
struct Workbench: Sendable {
  /// Two letters of four: every answer earns the share of its letters that are right.
  static let letters: JSON = [
    "format": "rl-env-file/1", "name": "letters", "version": 1, "kind": "builtin",
    "task": "token",
    "levels": [
      ["name": "two", "params": ["length": 2, "alphabet": 4], "floor": 0.3],
      ["name": "three", "params": ["length": 3, "alphabet": 4], "floor": 0.3],
    ],
    "episode": ["max_new_tokens": 5, "stop": ["\n"], "require_stop": false],
    "extract": ["type": "first_line", "occurrence": "only", "max_bytes": 64],
    "verify": ["type": "count"],
    "split": ["salt": "v1", "eval": 0.2, "test": 0.2, "min_keys": 1],
  ]

  /// Sums of two digits: 55 problems.
  static let sums: JSON = [
    "format": "rl-env-file/1", "name": "sums", "version": 1, "kind": "builtin", "task": "arith",
    "params": ["ops": ["+"], "digits": 1],
    "levels": [["name": "one-digit", "floor": 0.2]],
    "episode": ["max_new_tokens": 4, "stop": ["\n"], "require_stop": true],
    "extract": ["type": "first_line", "occurrence": "only", "max_bytes": 64],
    "verify": ["type": "integer"],
    "split": ["salt": "v1", "eval": 0.2, "test": 0.2, "min_keys": 1],
  ]

  static let model: JSON = [
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "intermediate_size": 40, "max_position_embeddings": 24,
    "tokenizer": ["type": "characters"],
  ]

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// Where everything of this bench is written.
  let folder: String
  var runs: String { "\(folder)/runs" }

  init() throws {
    folder = try TemporaryFolder.make()
    for environment in [Self.letters, Self.sums] {
      let name = environment["name"]?.string ?? ""
      try write(environment.text(), to: "\(name).json")
    }
  }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    let path = "\(folder)/\(name)"
    try LocalFileSystem().write(Array(text.utf8), to: path)
    return path
  }

  /// One stage called `stage` on `environment`; a teacher and a reward model, if it reads them, are
  /// the bench's.
  static func config(
    _ stage: JSON, on environment: String = "letters.json", model: JSON = [:]
  ) -> JSON {
    var config: JSON = [
      "seed": 3, "model": Self.model.merging(model), "environment": JSON(environment),
      "evaluation": ["every": 0], "stages": ["stage": stage],
    ]
    let mix = stage["reward"] ?? stage["pairs"]?["reward"]
    let role: Role? = stage["type"] == "distill" ? .teacher : mix?["model"] == nil ? nil : .reward
    if let role {
      config["models"] = JSON(members: [(role.rawValue, ["checkpoint": JSON(role.rawValue)])])
    }
    return config
  }

  /// Writes a model for the role, of the configuration's tokenizer and of another shape than its
  /// policy: a teacher so sure of itself that there is something to learn, or a reward model.
  func writeModel(_ role: Role, for config: JSON, _ model: JSON = [:]) throws {
    var own = config
    (own["models"], own["lora"]) = (nil, nil)
    own["stages"] = ["made": ["type": "sft"]]
    own["model"] = (config["model"] ?? [:])
      .merging(["hidden_size": 48, "num_hidden_layers": 1, "tie_word_embeddings": false])
      .merging(model)
    let setup = try setup(own)
    let architecture = setup.architecture.with(role == .reward ? .score : .logits)
    var parameters = architecture.freshParameters(from: RandomStream(seed: 9))
    if let head = parameters["lm_head.weight"] { parameters["lm_head.weight"] = head * 20 }
    if role == .reward { parameters = parameters.redrawn(RandomStream(seed: 10)) }
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(role.rawValue)", withIntermediateDirectories: true)
    for (path, bytes) in modelFiles(architecture, parameters, setup.tokenizer) {
      try LocalFileSystem().write(bytes, to: "\(folder)/\(role.rawValue)/\(path)")
    }
  }

  func setup(_ json: JSON) throws -> RunSetup {
    for role in [Role.teacher, .reward]
    where json["models"]?[role.rawValue]?["checkpoint"] == JSON(role.rawValue)
      && !LocalFileSystem().exists("\(folder)/\(role.rawValue)")
    { try writeModel(role, for: json) }
    return try RunSetup(
      try resolveRun(json), configFile: "\(folder)/run.json",
      folders: ConfigFolders(workingDirectory: folder, packageRoot: Self.root),
      families: BuiltinFamilies.all)
  }
}

extension RunSetup {
  /// What the first stage begins with: the first policy, and every other role that it asks for.
  func models() throws -> Models {
    var models = Models()
    models.weights[.policy] = initialParameters()
    try roles.provide(&models, forStage: 0, resumed: false, from: random)
    return models
  }
}

extension Parameters {
  /// As many weights of the same shapes, each drawn by its name; norms stay near 1.
  func redrawn(_ random: RandomStream) -> Parameters {
    var drawn = Parameters()
    for name in names {
      guard let own = self[name] else { continue }
      var stream = random.split(name)
      let normal = Tensor.normal(own.shape, standardDeviation: 0.2, using: &stream)
      drawn[name] = name.contains("norm") ? normal + 1 : normal
    }
    return drawn
  }

  /// Every weight moved a little, to where `other` points.
  func moved(towards other: Parameters, by share: Float) -> Parameters {
    var moved = self
    for name in names {
      if let own = self[name], let target = other[name] { moved[name] = own + share * target }
    }
    return moved
  }
}
