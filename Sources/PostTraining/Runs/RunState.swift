import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Tokenizers

/// What a checkpoint holds beside weights and moments: where the run stands.
struct RunState: Codable, Sendable {
  /// Steps of the run, all stages together.
  var step = 0
  /// The stage that is running, and its steps so far.
  var stage = 0
  var stageStep = 0
  var isStageFinished = false
  /// Its stopping rule ended it, whatever steps were left.
  var isStageStopped = false
  /// The algorithm's own state.
  var algorithm: JSON = .null
  var best: BestEvaluation?
  var warnings = RunWarnings.State()
  /// One summary for each finished stage.
  var summaries: [JSON] = []
  /// Seconds that the current stage has taken, over all attempts.
  var seconds = 0.0

  struct BestEvaluation: Codable, Sendable {
    var step: Int
    var success: Double
  }

  static let fileName = "trainer.json"
  static let environmentFile = "environment.json"
}

extension RunState {
  /// The files of a checkpoint at this state.
  func files(
    _ models: Models, _ optimizers: [Role: Parameters], setup: RunSetup
  ) throws -> [(path: String, bytes: [UInt8])] {
    var files: [(path: String, bytes: [UInt8])] = []
    for role in models.weights.roles {
      guard let architecture = models.architectures[role], let parameters = models.weights[role]
      else { continue }
      let isShared = models.onPolicy.contains(role)
      var model = isShared ? [] : modelFiles(architecture, parameters, setup.tokenizer)
      model += AdapterDirectory.files(
        of: architecture, parameters, base: isShared ? "../../\(Role.policy.rawValue)" : ".."
      ).map { ("\(LoadedModel.adapterFolder)/\($0.path)", $0.bytes) }
      files += model.map { ("models/\(role.rawValue)/\($0.path)", $0.bytes) }
    }
    for role in Role.allCases {
      guard let moments = optimizers[role] else { continue }
      files.append(("optimizer/\(role.rawValue).safetensors", moments.safetensorsBytes))
    }
    let environment = setup.environment.resolved.text(pretty: true)
    files.append((Self.environmentFile, Array(environment.utf8)))
    files.append((Self.fileName, Array(try JSON(encoding: self).text(pretty: true).utf8)))
    return files
  }

  init(_ checkpoint: CheckpointFiles) throws {
    guard let bytes = checkpoint[Self.fileName] else {
      throw RunError.corruptCheckpoint(
        path: checkpoint.path, file: Self.fileName, reason: "it is missing")
    }
    do {
      self = try JSON(parsing: bytes, file: Self.fileName).decode(RunState.self)
    } catch {
      throw RunError.corruptCheckpoint(
        path: checkpoint.path, file: Self.fileName, reason: "\(error)")
    }
  }
}

extension CheckpointFiles {
  /// The weights of a role: a whole model's, an adapter's with them, or an adapter's alone.
  func weights(of role: Role) throws -> Parameters? {
    let folder = "models/\(role.rawValue)"
    let whole = try parameters("\(folder)/model.safetensors")
    let file = "\(folder)/\(LoadedModel.adapterFolder)/\(AdapterDirectory.weightsFile)"
    guard let bytes = self[file] else { return whole }
    let adapter = try AdapterDirectory.parameters(bytes, name: "\(path)/\(file)")
    return whole?.overlaid(by: adapter) ?? adapter
  }

  /// The tensors of a file: the moments of `optimizer/<role>`, say.
  func parameters(_ file: String) throws -> Parameters? {
    guard let bytes = self[file] else { return nil }
    return try Parameters(safetensors: bytes, name: "\(path)/\(file)")
  }
}
