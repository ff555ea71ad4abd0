import Configuration
import NeuralNetworks

/// The members of an `adapter_config.json`, held to what we compute.
struct AdapterFile {
  private let file: CheckpointConfig

  init(_ file: CheckpointConfig) { self.file = file }

  /// Keys that would give other logits if they said anything.
  private static let unsupported = [
    "alora_invocation_tokens", "alpha_pattern", "arrow_config", "exclude_modules",
    "fan_in_fan_out", "kasa_config", "layer_replication", "layers_to_transform", "lora_bias",
    "modules_to_save", "monteclora_config", "rank_pattern", "target_parameters",
    "trainable_token_indices", "use_bdlora", "use_dora", "use_qalora", "velora_config",
  ]

  /// Keys that say how the adapter was made, how others load it, or what a key above reads.
  private static let harmless = [
    "auto_mapping", "base_model_name_or_path", "bias", "corda_config", "ensure_weight_tying",
    "eva_config", "inference_mode", "init_lora_weights", "layers_pattern", "loftq_config",
    "lora_alpha", "lora_dropout", "lora_ga_config", "megatron_config", "megatron_core",
    "peft_type", "peft_version", "qalora_group_size", "r", "revision", "runtime_config",
    "target_modules", "task_type", "use_rslora",
  ]

  /// Beginnings that leave the base as it is; others subtract from it what the adapter adds.
  private static let initializations = ["gaussian", "orthogonal", "eva"]

  func read() throws(ModelDirectoryError) -> (LoRAConfig, warnings: [String]) {
    guard try file.text("peft_type") == "LORA" else {
      throw file.refusal("peft_type", expected: "\"LORA\"")
    }
    for key in Self.unsupported where file.isSet(key) {
      throw file.refusal(key, expected: "nothing: it is not supported")
    }
    guard try file.text("bias", default: "none") == "none" else {
      throw file.refusal("bias", expected: "\"none\"")
    }
    if let initialization = file.value("init_lora_weights"), initialization.bool == nil,
      !Self.initializations.contains(initialization.string ?? "")
    {
      throw file.refusal(
        "init_lora_weights",
        expected: "one that leaves the base's weights: true, false or "
          + Self.initializations.joined(separator: ", "))
    }
    var adapter = LoRAConfig()
    adapter.rank = try file.count("r")
    adapter.alpha = try file.number("lora_alpha")
    adapter.useRslora = try file.flag("use_rslora", default: false)
    adapter.targetModules = try targets()
    return (adapter, warnings)
  }

  private func targets() throws(ModelDirectoryError) -> [String] {
    let value = file.value("target_modules")
    if value?.string == LoRAConfig.everyLinear { return [LoRAConfig.everyLinear] }
    let names = (value?.array ?? []).compactMap(\.string)
    guard !names.isEmpty, names.count == value?.array?.count, !names.contains("") else {
      throw file.refusal(
        "target_modules", expected: "names of linear layers, or \"all-linear\"; no pattern")
    }
    return names
  }

  private var warnings: [String] {
    var warnings = file.keys.filter {
      file.isSet($0) && !Self.harmless.contains($0) && !Self.unsupported.contains($0)
    }.map { "\(file.file): \($0) is not known and is not read" }
    if let dropout = file.value("lora_dropout")?.double, dropout > 0 {
      warnings.append("\(file.file): lora_dropout \(dropout) is left out, in training too")
    }
    return warnings
  }
}
