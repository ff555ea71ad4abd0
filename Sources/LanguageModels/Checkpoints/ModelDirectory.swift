import Configuration
import Foundation
import NeuralNetworks

/// A model as Hugging Face's libraries keep it: `config.json` beside `model.safetensors`.
public enum ModelDirectory {
  /// The tokens that begin, end and fill sequences; a directory may name several that end one.
  public struct TokenIds: Equatable, Sendable {
    public var bos, pad: Int32?
    public var eos: [Int32] = []
  }

  /// Reads a model; `warnings` are sentences about what is unusual or left out.
  ///
  /// What it says must be one of `outputs`. Throws `ModelDirectoryError`, `SafetensorsError`, or `ConfigErrors` for text that is no JSON.
  public static func load(
    _ path: String, saying outputs: [ModelOutput] = [.logits]
  ) throws -> (architecture: Architecture, parameters: Parameters, warnings: [String]) {
    let file = try config("\(path)/config.json")
    let architecture = try architecture(from: file, saying: outputs)
    for key in ["bos_token_id", "eos_token_id", "pad_token_id"] { _ = try file.tokenIds(key) }
    let tensors = try CheckpointTensors(directory: path)
    let stored = try tensors.parameters()
    var warnings = tensors.warnings
    do throws(ParameterError) {
      let parameters = try architecture.weights(from: stored)
      for name in stored.names where parameters[name] == nil {
        warnings.append("\(path): weight \(name) is not the model's and is left out")
      }
      return (architecture, parameters, warnings)
    } catch {
      throw refusal(of: error, in: path)
    }
  }

  /// The special tokens: `generation_config.json` goes before `config.json`, as in `transformers`.
  public static func tokenIds(_ path: String) throws -> TokenIds {
    var ids = TokenIds()
    var files = [try config("\(path)/config.json")]
    let generation = "\(path)/generation_config.json"
    if FileManager.default.fileExists(atPath: generation) { files.append(try config(generation)) }
    for file in files {
      ids.bos = try file.tokenIds("bos_token_id").first ?? ids.bos
      ids.pad = try file.tokenIds("pad_token_id").first ?? ids.pad
      let eos = try file.tokenIds("eos_token_id")
      if !eos.isEmpty { ids.eos = eos }
    }
    return ids
  }

  private static func config(_ path: String) throws -> CheckpointConfig {
    try CheckpointConfig(try JSON(contentsOfFile: path), file: path)
  }

  private static func architecture(
    from file: CheckpointConfig, saying outputs: [ModelOutput]
  ) throws(ModelDirectoryError) -> Architecture {
    let type = try file.text("model_type")
    let names = CheckpointFormat.all.map { "\"\($0.family)\"" }.joined(separator: " or ")
    guard let format = CheckpointFormat.all.first(where: { $0.family == type }) else {
      throw file.refusal("model_type", expected: names)
    }
    if file.value("quantization_config") != nil {
      throw file.refusal("quantization_config", expected: "none: weights in F32, F16 or BF16")
    }
    let output = try output(from: file, format, among: outputs)
    return try format.read(file, try file.count("vocab_size")).with(output)
  }

  /// What the model says, by the class that `architectures` names; the first where it names none.
  private static func output(
    from file: CheckpointConfig, _ format: CheckpointFormat, among outputs: [ModelOutput]
  ) throws(ModelDirectoryError) -> ModelOutput {
    guard let classes = file.value("architectures")?.array else { return outputs[0] }
    let known = outputs.map { (output: $0, name: format.transformersClass(saying: $0)) }
    guard let found = known.first(where: { pair in classes.contains { $0.string == pair.name } })
    else {
      throw ModelDirectoryError(
        file: file.file, key: "architectures", found: JSON(classes).text(),
        expected: known.map { "[\"\($0.name)\"]" }.joined(separator: " or "))
    }
    return found.output
  }

  private static func refusal(of error: ParameterError, in path: String) -> ModelDirectoryError {
    switch error {
    case .missing(let name):
      ModelDirectoryError(file: path, key: name, found: "no such weight", expected: "one")
    case .shapeMismatch(let name, let expected, let found):
      ModelDirectoryError(
        file: path, key: name, found: "\(found)", expected: "a weight of \(expected)")
    }
  }
}

extension ModelDirectory {
  /// The files that `transformers` opens, but for the tokenizer's; weights are stored as F32.
  public static func files(
    of architecture: Architecture, parameters: Parameters,
    tokenIds: (bos: Int32?, eos: Int32?, pad: Int32?)
  ) -> [(path: String, bytes: [UInt8])] {
    guard let format = CheckpointFormat.all.first(where: { $0.family == architecture.family }),
      let members = format.write(architecture.config)
    else { preconditionFailure("ModelDirectory: no format for \(architecture.family)") }
    let ids: [(key: String, value: JSON)] = [
      ("bos_token_id", tokenIds.bos), ("eos_token_id", tokenIds.eos),
      ("pad_token_id", tokenIds.pad),
    ].map { (key: $0.0, value: $0.1.map { JSON(Int($0)) } ?? .null) }
    let output = architecture.output
    let name = format.transformersClass(saying: output)
    let header: [(key: String, value: JSON)] =
      [
        ("architectures", [JSON(name)]), ("model_type", JSON(format.family)),
        ("vocab_size", JSON(architecture.vocabularySize)),
      ] + (output == .score ? [("num_labels", 1)] : [])
    // Version 4 of transformers reads the first, version 5 the second.
    let types: [(key: String, value: JSON)] = [("torch_dtype", "float32"), ("dtype", "float32")]
    let generation = ids.filter { !$0.value.isNull }
    return [
      ("config.json", text(header + members + types + ids + [(key: "use_cache", value: true)])),
      ("generation_config.json", text(generation)),
      ("model.safetensors", parameters.safetensorsBytes),
    ]
  }

  private static func text(_ members: [(key: String, value: JSON)]) -> [UInt8] {
    Array((JSON(members: members).text(pretty: true) + "\n").utf8)
  }
}
