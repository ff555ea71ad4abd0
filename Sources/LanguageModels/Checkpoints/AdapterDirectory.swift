import Configuration
import NeuralNetworks
import TensorCore

/// A low-rank adapter as PEFT keeps it: `adapter_config.json` beside `adapter_model.safetensors`.
public enum AdapterDirectory {
  public static let configFile = "adapter_config.json"
  public static let weightsFile = "adapter_model.safetensors"
  private static let prefix = "base_model.model."

  /// Puts the adapter at `path` on a base; `warnings` are sentences about what is left out.
  ///
  /// Throws `ModelDirectoryError`, `SafetensorsError`, or `ConfigErrors` for text that is no JSON.
  public static func load(
    _ path: String, on base: Architecture, _ parameters: Parameters
  ) throws -> (architecture: Architecture, parameters: Parameters, warnings: [String]) {
    let file = try config(path)
    let (adapter, warnings) = try AdapterFile(file).read()
    let architecture: Architecture
    do throws(AdapterTargetError) {
      architecture = try base.adapted(by: adapter)
    } catch {
      throw ModelDirectoryError(
        file: file.file, key: "target_modules", found: "\"\(error.target)\"",
        expected: "layers of the base: \(error.candidates.joined(separator: ", "))")
    }
    let weights = "\(path)/\(weightsFile)"
    let stored = try CheckpointTensors(file: weights).parameters()
    var own = Parameters()
    for name in stored.names {
      guard name.hasPrefix(prefix) else {
        throw ModelDirectoryError(
          file: weights, key: name, found: "that name", expected: "one that begins with \(prefix)")
      }
      own[String(name.dropFirst(prefix.count))] = stored[name]
    }
    let all: Parameters
    do throws(ParameterError) {
      all = try architecture.weights(from: parameters.overlaid(by: own))
    } catch {
      throw refusal(of: error, weights, adapter, own)
    }
    if let name = own.names.first(where: { all[$0] == nil }) {
      throw ModelDirectoryError(
        file: weights, key: prefix + name, found: "a weight of no such layer",
        expected: "adapters of layers that the base has and target_modules names")
    }
    return (architecture, all, warnings)
  }

  /// Where the configuration says that the base is, if it does.
  public static func basePath(_ path: String) throws -> String? {
    try config(path).value("base_model_name_or_path")?.string
  }

  /// What there is to say about a base that is not where the configuration says.
  public static func missingBase(_ path: String, _ found: String?) -> ModelDirectoryError {
    ModelDirectoryError(
      file: "\(path)/\(configFile)", key: "base_model_name_or_path",
      found: found.map { "\"\($0)\"" } ?? "nothing",
      expected: "the base's directory (or the adapter in BASE/adapter, and BASE named instead)")
  }

  /// The files that PEFT opens, none without an adapter; `base` is where the base is, seen from
  /// them.
  public static func files(
    of architecture: Architecture, _ parameters: Parameters, base: String
  ) -> [(path: String, bytes: [UInt8])] {
    guard let adapter = architecture.adapter else { return [] }
    // A score's head is the base's; PEFT would look for it here if the task said so.
    let task: JSON = architecture.output == .score ? .null : "CAUSAL_LM"
    var config: [(key: String, value: JSON)] = [
      ("peft_type", "LORA"), ("task_type", task), ("base_model_name_or_path", JSON(base)),
      ("r", JSON(adapter.rank)),
      ("lora_alpha", Int(exactly: adapter.alpha).map { JSON($0) } ?? JSON(adapter.alpha)),
      ("lora_dropout", 0.0),
      ("target_modules", JSON(adapter.targetModules.map { JSON($0) })), ("bias", "none"),
      ("fan_in_fan_out", false), ("inference_mode", true), ("modules_to_save", .null),
    ]
    // An older PEFT refuses keys that it does not know.
    if adapter.useRslora { config.append(("use_rslora", true)) }
    let adapters = parameters.adapters
    var stored = Parameters()
    for name in adapters.names { stored[prefix + name] = adapters[name] }
    return [
      (configFile, Array((JSON(members: config).text(pretty: true) + "\n").utf8)),
      (weightsFile, stored.safetensorsBytes),
    ]
  }

  /// The adapter's weights by their names in the model, from the bytes of a file of ours.
  public static func parameters(
    _ bytes: [UInt8], name: String
  ) throws(SafetensorsError) -> Parameters {
    let stored = try Parameters(safetensors: bytes, name: name)
    var own = Parameters()
    for name in stored.names { own[String(name.dropFirst(prefix.count))] = stored[name] }
    return own
  }

  private static func config(_ path: String) throws -> CheckpointConfig {
    let file = "\(path)/\(configFile)"
    return try CheckpointConfig(try JSON(contentsOfFile: file), file: file)
  }

  private static func refusal(
    of error: ParameterError, _ file: String, _ adapter: LoRAConfig, _ own: Parameters
  ) -> ModelDirectoryError {
    switch error {
    case .missing(let name):
      let other =
        name.hasSuffix(".lora_A.weight")
        ? name.dropLast("A.weight".count) + "B.weight"
        : name.dropLast("B.weight".count) + "A.weight"
      let isAlone = own[String(other)] != nil
      return ModelDirectoryError(
        file: file, key: prefix + name,
        found: isAlone ? "no such weight, only its pair" : "no such weight",
        expected: "one for each layer that target_modules names")
    case .shapeMismatch(let name, let expected, let found):
      let rank = name.hasSuffix(".lora_A.weight") ? found[0] : found[found.rank - 1]
      let reason =
        found.rank == 2 && rank != adapter.rank
        ? "for r \(adapter.rank)" : "on this base; it was made for another"
      return ModelDirectoryError(
        file: file, key: prefix + name, found: "\(found)", expected: "\(expected) \(reason)")
    }
  }
}
