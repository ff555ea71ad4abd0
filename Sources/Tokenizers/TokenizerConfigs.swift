import Configuration

/// What the special tokens are called; an empty name is none.
struct SpecialTokenNames {
  var padToken, eosToken, bosToken: String

  func validate() throws(ConfigError) {
    let given = [("pad_token", padToken), ("eos_token", eosToken), ("bos_token", bosToken)]
      .filter { !$0.1.isEmpty }
    for (index, token) in given.enumerated() {
      // One character would be a character of the text.
      if token.1.unicodeScalars.count == 1 {
        throw ConfigError(path: token.0, reason: "two characters at least, found \"\(token.1)\"")
      }
      for other in given[..<index] where other.1.utf8.elementsEqual(token.1.utf8) {
        throw ConfigError(
          path: token.0, reason: "differs from \(other.0), found \"\(token.1)\" for both")
      }
    }
  }
}

/// A token for each character of an alphabet.
public struct CharacterTokenizerConfig: ConfigBlock {
  /// The alphabet in the order of its ids; empty takes the environment's.
  public var characters = ""
  public var padToken = "<pad>"
  public var eosToken = "<eos>"
  public var bosToken = ""

  public init() {}

  public init(characters: String) { self.characters = characters }

  public static let keys = [
    KeyDescription("characters", "the alphabet; empty takes the environment's"),
    KeyDescription("pad_token", "fills unused places, never learned; empty is none"),
    KeyDescription("eos_token", "ends a completion; empty is none"),
    KeyDescription("bos_token", "starts every sequence; empty is none"),
  ]

  public func validate() throws(ConfigError) {
    try names.validate()
    var seen = Set<Unicode.Scalar>()
    for scalar in characters.unicodeScalars where !seen.insert(scalar).inserted {
      throw ConfigError(
        path: "characters", reason: "each character once, found \"\(scalar)\" twice")
    }
  }

  var names: SpecialTokenNames {
    SpecialTokenNames(padToken: padToken, eosToken: eosToken, bosToken: bosToken)
  }
}

/// A token for each of the 256 bytes.
public struct ByteTokenizerConfig: ConfigBlock {
  public var padToken = "<pad>"
  public var eosToken = "<eos>"
  public var bosToken = ""

  public init() {}

  public static let keys = [
    KeyDescription("pad_token", "fills unused places, never learned; empty is none"),
    KeyDescription("eos_token", "ends a completion; empty is none"),
    KeyDescription("bos_token", "starts every sequence; empty is none"),
  ]

  public func validate() throws(ConfigError) { try names.validate() }

  var names: SpecialTokenNames {
    SpecialTokenNames(padToken: padToken, eosToken: eosToken, bosToken: bosToken)
  }
}

/// What a configuration's `tokenizer` may be.
public enum TokenizerCatalog: VariantCatalog {
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    [("characters", CharacterTokenizerConfig.self), ("bytes", ByteTokenizerConfig.self)]
  }
  public static let standard = "characters"
}

/// The chosen tokenizer; `characters` is the environment's alphabet, for those that name none.
public func makeTokenizer(
  _ choice: Variant<TokenizerCatalog>, characters: String
) throws(ConfigError) -> any Tokenizer {
  if let config = choice.block as? ByteTokenizerConfig { return try ByteTokenizer(config) }
  guard var config = choice.block as? CharacterTokenizerConfig else {
    preconditionFailure("makeTokenizer: no tokenizer for \(choice.type)")
  }
  if config.characters.isEmpty { config.characters = characters }
  if config.characters.isEmpty {
    throw ConfigError(path: "characters", reason: "the environment names none: list them here")
  }
  return try CharacterTokenizer(config)
}
