import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Platform
import Randomness
import Tokenizers

/// Everything a run needs before its first step, built from a configuration and checked.
public struct RunSetup: Sendable {
  public let config: RunConfig
  public let json: JSON
  public let environment: Environment
  public let tokenizer: any Tokenizer
  public let architecture: Architecture
  /// Positions of the policy.
  public var maximumLength: Int { architecture.maximumLength }
  private let loaded: Parameters?
  let roles: RunRoles
  private let origins: [String: SourceLocation]
  private let files: DataFiles

  /// Finds and reads the files that the configuration names. Nothing is created.
  public init(
    _ resolved: ResolvedRun, configFile: String, folders: ConfigFolders,
    families: [any ProblemFamily.Type]
  ) throws {
    config = resolved.block
    json = try resolved.json()
    origins = resolved.origins
    files = DataFiles(folders: folders, configFile: configFile)
    let path = try folders.locate(
      config.environment, .environments, beside: configFile,
      location: resolved.origins["environment"] ?? .none, path: "environment")
    environment = try Environment(contentsOfFile: path, catalog: families)
    if let source = config.model.block as? CheckpointModel {
      let model = try Self.load(source.checkpoint, "model.checkpoint", files, resolved.origins)
      tokenizer = model.tokenizer
      architecture = try Self.adapted(model.architecture, config.lora.block, origins)
      loaded = try architecture.weights(
        from: model.parameters, completedFrom: Self.modelRandom(config))
    } else if let fresh = config.model.block as? any FreshModelConfig {
      tokenizer = try makeTokenizer(
        fresh.tokenizer, characters: String(environment.alphabet))
      architecture = try Self.adapted(
        fresh.architecture(vocabulary: tokenizer.vocabularySize), config.lora.block, origins)
      loaded = nil
    } else {
      preconditionFailure("ModelCatalog: \(config.model.type) is not a model")
    }
    var others: [Role: LoadedModel] = [:]
    for (role, key, path) in config.models.checkpoints {
      others[role] = try Self.load(
        path, "\(key).checkpoint", files, resolved.origins, as: role)
    }
    roles = RunRoles(config, policy: architecture, loaded: others)
    let problem = RunRoles.problems(
      config, policy: architecture, tokenizer: tokenizer, loaded: others)
    if let problem { throw refusal(problem.path, problem.reason) }
    try checkStages()
  }

  /// The SHA-256 of each data file that a stage learns from, in the order of the stages.
  func dataDigests() throws -> [String] {
    try config.stages.values.compactMap(\.stage.dataFile).map { name in
      let path = try files.locate(name, path: "data")
      return SHA256.hexDigest(of: try LocalFileSystem().read(path))
    }
  }

  /// The first policy: loaded, or drawn from the run's seed.
  public func initialParameters() -> Parameters {
    loaded ?? architecture.freshParameters(from: Self.modelRandom(config))
  }

  private static func modelRandom(_ config: RunConfig) -> RandomStream {
    RandomStream(seed: UInt64(config.seed)).split("model")
  }

  /// The stream that every draw of the run is derived from.
  public var random: RandomStream { RandomStream(seed: UInt64(config.seed)) }

  public func context(ofStage name: String) -> TrainingContext {
    TrainingContext(
      environment: environment, tokenizer: tokenizer, random: random.split("stage \(name)"),
      maximumLength: maximumLength, files: files)
  }

  /// What the configuration says of evaluation while training.
  public var evaluationRequest: EvaluationRequest {
    let evaluation = config.evaluation
    var sampling = SamplingConfig()
    (sampling.temperature, sampling.topK) = (evaluation.temperature, evaluation.topK)
    (sampling.topP, sampling.minP) = (evaluation.topP, evaluation.minP)
    sampling.repetitionPenalty = evaluation.repetitionPenalty
    return EvaluationRequest(
      split: evaluation.split == .train ? .train : .eval, episodes: evaluation.episodes,
      samples: evaluation.samples, sampling: sampling, seed: evaluation.seed)
  }

  public func evaluator(_ request: EvaluationRequest) throws -> Evaluator {
    do {
      return try Evaluator(
        request, environment: environment, tokenizer: tokenizer, maximumLength: maximumLength)
    } catch let error as ConfigError {
      throw refusal(error.path, error.reason)
    }
  }

  /// Builds every stage's algorithm once, so that a level that does not exist is met here.
  private func checkStages() throws {
    func check<Method: Algorithm>(_ type: Method.Type, _ stage: any StageConfig, _ name: String)
      throws
    {
      guard let config = stage as? Method.Config else { return }
      do {
        _ = try Method(config, context(ofStage: name))
      } catch let error as ConfigError {
        throw refusal("stages.\(name).\(error.path)", error.reason)
      }
    }
    for (name, stage) in config.stages.entries { try check(stage.algorithm, stage.stage, name) }
  }

  private func refusal(_ path: String, _ reason: String) -> ConfigErrors {
    Self.refusal(path, reason, origins)
  }

  /// The policy with the adapter that is asked for; one that it has already must be the same.
  private static func adapted(
    _ policy: Architecture, _ adapter: LoRAConfig?, _ origins: [String: SourceLocation]
  ) throws -> Architecture {
    guard let adapter else {
      if policy.adapter == nil { return policy }
      throw refusal(
        "lora",
        "the checkpoint has an adapter: expected its settings, which continue it, or the model "
          + "that rl merge makes of both", origins)
    }
    let adapted: Architecture
    do throws(AdapterTargetError) {
      adapted = try policy.withoutAdapter.adapted(by: adapter)
    } catch {
      throw refusal("lora.target_modules", error.description, origins)
    }
    if let old = policy.adapter, let new = adapted.adapter, old != new {
      throw refusal(
        "lora",
        "the checkpoint's adapter has other settings: expected \(old.text), found "
          + new.text, origins)
    }
    return adapted
  }

  /// An error that points to where the key, or what it stands in, was written.
  private static func refusal(
    _ path: String, _ reason: String, _ origins: [String: SourceLocation]
  ) -> ConfigErrors {
    var place = path[...]
    while origins[String(place)] == nil, let end = place.lastIndex(where: { ".[".contains($0) }) {
      place = place[..<end]
    }
    let location = origins[String(place)]?.description ?? ""
    return ConfigErrors([ConfigError(path: path, reason: reason, location: location)])
  }

  /// The model that a key names: where nothing is, the key is wrong; what is corrupt is no fault
  /// of the configuration.
  private static func load(
    _ source: String, _ key: String, _ files: DataFiles, _ origins: [String: SourceLocation],
    as role: Role = .policy
  ) throws -> LoadedModel {
    do {
      return try files.model(source, as: role)
    } catch RunError.missingCheckpoint {
      throw refusal(
        key, "no run with a checkpoint, no checkpoint and no model directory at \"\(source)\"",
        origins)
    }
  }
}

/// A model and its tokenizer from a run, a checkpoint or a Hugging Face directory.
public struct LoadedModel: Sendable {
  public let path: String
  public let architecture: Architecture
  public let parameters: Parameters
  public let tokenizer: any Tokenizer
  public let warnings: [String]
  /// What a checkpoint of ours was trained on: the environment's file, and its fingerprint.
  public let environment: JSON?
  public let environmentFingerprint: String?

  /// `role` is whose model is meant where `source` holds several; a reference, teacher or value
  /// function begins as the policy of another run unless that run has one.
  public init(_ source: String, as role: Role = .policy) throws {
    let checkpoint = try Self.checkpoint(source)
    let hasOwn = checkpoint?["models/\(role.rawValue)/config.json"] != nil
    let name = (hasOwn && [.reward, .value].contains(role) ? role : .policy).rawValue
    let parts = try Self.parts(of: checkpoint.map { "\($0.path)/models/\(name)" } ?? source)
    path = parts.base
    environment = try checkpoint?[RunState.environmentFile].map {
      try JSON(parsing: $0, file: RunState.environmentFile)
    }
    environmentFingerprint = checkpoint?.manifest.environmentFingerprints.values.first
    guard LocalFileSystem().exists("\(path)/config.json") else {
      throw RunError.missingCheckpoint(path: source)
    }
    let outputs: [Role: [ModelOutput]] = [.reward: [.score], .value: [.logits, .score]]
    let directory = try ModelDirectory.load(path, saying: outputs[role] ?? [.logits])
    let adapted = try parts.adapter.map {
      try AdapterDirectory.load($0, on: directory.architecture, directory.parameters)
    }
    architecture = adapted?.architecture ?? directory.architecture
    parameters = adapted?.parameters ?? directory.parameters
    warnings = directory.warnings + (adapted?.warnings ?? [])
    tokenizer = try loadTokenizer(at: path)
    guard tokenizer.vocabularySize <= architecture.vocabularySize else {
      throw ModelMismatch(
        path: path, tokens: tokenizer.vocabularySize, rows: architecture.vocabularySize)
    }
  }

  static let adapterFolder = "adapter"

  /// Where a directory's model is, and its adapter if it has one: in a folder of the model's, or
  /// alone, as PEFT keeps it, with a base that it names.
  private static func parts(of directory: String) throws -> (base: String, adapter: String?) {
    func isModel(_ path: String) -> Bool { LocalFileSystem().exists("\(path)/config.json") }
    func isAdapter(_ path: String) -> Bool {
      LocalFileSystem().exists("\(path)/\(AdapterDirectory.configFile)")
    }
    let folder = "\(directory)/\(adapterFolder)"
    if isModel(directory) { return (directory, isAdapter(folder) ? folder : nil) }
    guard isAdapter(directory) else { return (directory, nil) }
    let named = try AdapterDirectory.basePath(directory)
    // Ours is named as seen from the adapter, PEFT's as seen from where one works.
    guard let named, let base = ["\(directory)/\(named)", named].first(where: isModel) else {
      throw AdapterDirectory.missingBase(directory, named)
    }
    return (base, directory)
  }

  /// The checkpoint that `source` is, or the latest one of the run that it is.
  private static func checkpoint(_ source: String) throws -> CheckpointFiles? {
    let fileSystem = LocalFileSystem()
    let isOurs = ["checkpoints", CheckpointManifest.fileName].contains {
      fileSystem.exists("\(source)/\($0)")
    }
    return isOurs ? try CheckpointFiles.find(source) : nil
  }
}

/// A tokenizer with more ids than the model has embeddings.
public struct ModelMismatch: Error, CustomStringConvertible, Sendable {
  public var path: String
  public var tokens, rows: Int
  public var description: String {
    "\(path): the tokenizer has \(tokens) ids, the model \(rows) embeddings"
  }
}
