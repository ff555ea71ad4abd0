import Configuration
import LanguageModels
import Tokenizers

/// A model to begin with: a family's fresh weights and a tokenizer, or a checkpoint.
public enum ModelCatalog: VariantCatalog {
  public static let entries: [(name: String, block: any ConfigBlock.Type)] = [
    (Llama.family, FreshModel<Llama>.self),
    (CheckpointModel.name, CheckpointModel.self),
  ]
  public static let standard = Llama.family
}

/// A model whose weights are drawn.
protocol FreshModelConfig: ConfigBlock {
  var tokenizer: Variant<TokenizerCatalog> { get }
  func architecture(vocabulary: Int) -> Architecture
}

/// A family's keys with the tokenizer's beside them.
public struct FreshModel<Family: LanguageModel>: FreshModelConfig {
  public var family = Family.Config()
  public var tokenizer = Variant<TokenizerCatalog>()
  public init() {}

  public static var keys: [KeyDescription] {
    Family.Config.keys + [KeyDescription("tokenizer", "text to token ids")]
  }

  public func validate() throws(ConfigError) { try family.validate() }

  func architecture(vocabulary: Int) -> Architecture {
    Architecture(Family.self, family, vocabulary: vocabulary)
  }

  private enum CodingKeys: String, CodingKey { case tokenizer }

  public init(from decoder: any Decoder) throws {
    family = try Family.Config(from: decoder)
    tokenizer = try decoder.container(keyedBy: CodingKeys.self)
      .decode(Variant<TokenizerCatalog>.self, forKey: .tokenizer)
  }

  public func encode(to encoder: any Encoder) throws {
    try family.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(tokenizer, forKey: .tokenizer)
  }
}

/// A run, a checkpoint or a Hugging Face directory to continue from.
public struct CheckpointModel: ConfigBlock {
  static let name = "checkpoint"
  public var checkpoint = ""
  public init() {}
  public static let keys = [
    KeyDescription("checkpoint", "a run, a checkpoint or a Hugging Face directory")
  ]
}
