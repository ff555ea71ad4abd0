import Configuration
import TestSupport
import Testing
import Tokenizers

@Suite struct TokenizerFuzzTests {
  private static let words = [
    "\"WordLevel\"", "\"BPE\"", "\"ByteLevel\"", "\"merges\":[]", "\"vocab\":{",
    "\"added_tokens\":[",
    "\"special\":true", "\"content\":\"a\"", "\"id\":2147483647", "2147483648", "-1", "0", "1", "2",
    "null", "[]", "{}", "\"unk_token\":\"<unk>\"", "\"\"", "\"\\u0000\"", "\"e\\u0301\"", "true",
  ]

  private static func text(_ tokenizer: any Tokenizer) -> [UInt8] {
    Array(tokenizer.file.text().utf8)
  }

  /// A tokenizer that is taken is written as a file that gives the same one, and what it decodes
  /// from every id below a hundred it encodes again, or says which byte it cannot.
  private static func check(_ file: JSON, configuration: JSON? = nil) throws -> Bool {
    guard let tokenizer = try? readTokenizer(file, configuration: configuration) else {
      return false
    }
    let again = try readTokenizer(tokenizer.file)
    guard text(again) == text(tokenizer) else { throw Changed(file: tokenizer.file.text()) }
    let ids = (-1..<100).map { Int32($0) } + [.max, .min]
    for skips in [true, false] {
      let bytes = tokenizer.decode(ids, skipsSpecialTokens: skips)
      _ = try? tokenizer.encode(bytes, matchesSpecialTokens: !skips)
    }
    return true
  }

  private struct Changed: Error { var file: String }

  /// What fuzzing found first: a prefix with the same token twice could not be written.
  @Test func aPrefixMayRepeatItsToken() throws {
    var config = CharacterTokenizerConfig(characters: "01")
    config.bosToken = "<bos>"
    var file = try CharacterTokenizer(config).file
    let single = try #require(file["post_processor"]?["single"]?.array)
    file["post_processor"]?["single"] = JSON([single[0]] + single)
    #expect(try readTokenizer(file).specialTokens.prefix == [2, 2])
    #expect(try Self.check(file))
  }

  @Test func readsAnyCharacterFile() throws {
    var config = CharacterTokenizerConfig(characters: "01+é\"\n")
    let plain = try CharacterTokenizer(config)
    config.bosToken = "<bos>"
    let samples = try [plain, CharacterTokenizer(config)].map(Self.text)
    let outcome = Fuzz("tokenizer", samples: samples, words: Self.words).run { bytes in
      guard let file = try? JSON(parsing: bytes) else { return false }
      return try Self.check(file)
    }
    #expect(outcome.failure == nil, "\(outcome.failure.map(\.description) ?? "")")
    #expect(outcome.accepted > 0 && outcome.refused > 0)
  }

  /// A file with all 256 bytes is long: it is shown a twentieth of the inputs.
  @Test func readsAnyByteFile() throws {
    let samples = [Self.text(try ByteTokenizer())]
    let outcome = Fuzz("byte tokenizer", samples: samples, words: Self.words, share: 20).run {
      guard let file = try? JSON(parsing: $0) else { return false }
      return try Self.check(file)
    }
    #expect(outcome.failure == nil, "\(outcome.failure.map(\.description) ?? "")")
    #expect(outcome.accepted > 0 && outcome.refused > 0)
  }

  @Test func readsAnyConfiguration() throws {
    let file = try CharacterTokenizer(CharacterTokenizerConfig(characters: "01")).file
    let samples = [
      #"{"pad_token": "<pad>", "eos_token": {"content": "<eos>", "lstrip": false}}"#,
      #"{"bos_token": null, "eos_token": "<eos>", "model_max_length": 64}"#,
    ].map { Array($0.utf8) }
    let outcome = Fuzz("tokenizer_config", samples: samples, words: Self.words).run { bytes in
      guard let json = try? JSON(parsing: bytes) else { return false }
      return try Self.check(file, configuration: json)
    }
    #expect(outcome.failure == nil, "\(outcome.failure.map(\.description) ?? "")")
    #expect(outcome.accepted > 0 && outcome.refused > 0)
  }
}
