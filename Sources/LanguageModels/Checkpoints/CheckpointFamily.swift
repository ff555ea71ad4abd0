import Configuration

/// A family that Hugging Face's `config.json` can describe; its weights' names are the checkpoint's.
protocol CheckpointFamily: LanguageModel {
  /// What the names of its classes in `transformers` begin with.
  static var transformersName: String { get }
  static func config(from file: CheckpointConfig) throws(ModelDirectoryError) -> Config
  /// The family's keys, in the order in which they are written.
  static func members(of config: Config) -> [(key: String, value: JSON)]
}

/// The families by their `model_type`.
struct CheckpointFormat: Sendable {
  static let all = [
    CheckpointFormat(Llama.self)
  ]

  let family: String
  private let transformersName: String
  let read: @Sendable (CheckpointConfig, Int) throws(ModelDirectoryError) -> Architecture
  /// `nil` for another family's configuration.
  let write: @Sendable (any ConfigBlock) -> [(key: String, value: JSON)]?

  init<Family: CheckpointFamily>(_ type: Family.Type) {
    family = Family.family
    transformersName = Family.transformersName
    read = { (file, vocabulary) throws(ModelDirectoryError) in
      Architecture(Family.self, try Family.config(from: file), vocabulary: vocabulary)
    }
    write = { config in (config as? Family.Config).map(Family.members) }
  }

  /// The class that `transformers` opens a model with that says `output`.
  func transformersClass(saying output: ModelOutput) -> String {
    switch output {
    case .logits, .logitsAndValue: "\(transformersName)ForCausalLM"
    case .score: "\(transformersName)ForSequenceClassification"
    }
  }
}
