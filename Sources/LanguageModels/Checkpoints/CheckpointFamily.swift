import Configuration

/// A family that Hugging Face's `config.json` can describe; its weights' names are the checkpoint's.
protocol CheckpointFamily: LanguageModel {
  /// The classes that `transformers` opens the directory with, by what the model says.
  static var transformersClasses: [ModelOutput: String] { get }
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
  let transformersClasses: [ModelOutput: String]
  let read: @Sendable (CheckpointConfig, Int) throws(ModelDirectoryError) -> Architecture
  /// `nil` for another family's configuration.
  let write: @Sendable (any ConfigBlock) -> [(key: String, value: JSON)]?

  init<Family: CheckpointFamily>(_ type: Family.Type) {
    family = Family.family
    transformersClasses = Family.transformersClasses
    read = { (file, vocabulary) throws(ModelDirectoryError) in
      Architecture(Family.self, try Family.config(from: file), vocabulary: vocabulary)
    }
    write = { config in (config as? Family.Config).map(Family.members) }
  }
}
